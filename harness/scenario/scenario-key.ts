import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { SCENARIO_FILE_SCHEMA } from './json-schema.ts';
import { nearestWord } from './nearest-word.ts';
import { VARIABLE_KEYS } from './scenario.ts';
import type { SchemaNode } from './schema-node.ts';

/** A key that a scenario file can have, at any depth: `load`, `load.batch`, `faults.schedule.at` (of every entry). */
export interface ScenarioKey {
  readonly dotted: string;
  readonly schema: SchemaNode;
  readonly isRequired: boolean;
  /** Whether a matrix can vary it. */
  readonly isVariable: boolean;
}

/** Keys whose own keys are dotted ones of the others, which have their place there. */
const DOTTED_MAPS = ['matrix', 'quick'];

/** Every key, a group before what is in it, in the order of the schema. */
export const SCENARIO_KEYS: readonly ScenarioKey[] = keysOf(SCENARIO_FILE_SCHEMA, '');

function keysOf(parent: SchemaNode, prefix: string): readonly ScenarioKey[] {
  return Object.entries(parent.properties ?? {}).flatMap(([name, schema]): readonly ScenarioKey[] => {
    const dotted = prefix + name;
    const key = {
      dotted,
      schema,
      isRequired: parent.required?.includes(name) ?? false,
      isVariable: VARIABLE_KEYS.some((variable) => variable.dotted === dotted),
    };
    if (DOTTED_MAPS.includes(dotted)) return [key];
    return [key, ...keysOf(schema, `${dotted}.`), ...keysOf(schema.items ?? {}, `${dotted}.`)];
  });
}

/**
 * The key of this name; a name inside a free map (`postgres.settings.work_mem`) is that map's.
 *
 * @throws CommandError (usage) that names the nearest key.
 */
export function scenarioKey(dotted: string): ScenarioKey {
  const exact = SCENARIO_KEYS.find((key) => key.dotted === dotted);
  if (exact !== undefined) return exact;
  const map = SCENARIO_KEYS.find(
    (key) => key.schema.patternProperties !== undefined && dotted.startsWith(`${key.dotted}.`),
  );
  if (map !== undefined && !DOTTED_MAPS.includes(map.dotted)) return map;
  throw new CommandError(EXIT_CODE.usage, `--explain: there is no key ${JSON.stringify(dotted)}${meant(dotted)}`, {
    hint: 'npm run scenario -- --explain lists all keys',
  });
}

/** A last word that is right under another group is likelier meant than a whole that is merely similar. */
function meant(dotted: string): string {
  const all = SCENARIO_KEYS.map((key) => key.dotted);
  const lastOf = (key: string) => key.split('.').at(-1) ?? '';
  const elsewhere = all.filter((key) => lastOf(key) === lastOf(dotted));
  const nearest = nearestWord(dotted, all) ?? nearestLast(lastOf(dotted), all, lastOf);
  const found = elsewhere.length > 0 ? elsewhere : nearest === undefined ? [] : [nearest];
  return found.length === 0 ? '' : `; did you mean ${found.map((key) => JSON.stringify(key)).join(' or ')}?`;
}

function nearestLast(word: string, all: readonly string[], lastOf: (key: string) => string): string | undefined {
  const last = nearestWord(word, all.map(lastOf));
  return all.find((key) => lastOf(key) === last);
}
