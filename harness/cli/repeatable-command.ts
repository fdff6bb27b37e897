import { withoutPassword } from '../scenario/describe-schema.ts';

/** The command line that makes the same run again, ready to be copied: its seed is in it, and passwords are not. */
export function repeatableCommand(script: string, argv: readonly string[], seed: number): string {
  const words = argv.slice(2).map((word) => withoutPassword(word));
  const quoted = words.map((word) => (/^[\w./:=,@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`));
  const seedWords = argv.includes('--seed') ? [] : ['--seed', String(seed)];
  return [`npm run ${script} --`, ...quoted, ...seedWords].join(' ');
}
