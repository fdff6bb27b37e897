import type { Statement } from '../../pool/pool-member.ts';

/**
 * The statement with one place of its text altered.
 *
 * @throws when the text has no such place any more: the variant would be the good server.
 */
export function alteredStatement(statement: Statement, place: string, broken: string): Statement {
  if (!statement.text.includes(place)) throw new Error(`The statement ${statement.name} has no "${place}".`);
  // A name is prepared once a connection, and the good statement may be used beside this one.
  return { ...statement, name: `${statement.name}-altered`, text: statement.text.replaceAll(place, broken) };
}
