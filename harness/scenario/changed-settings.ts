import { findDottedKey, leavesOf, readLeaf } from './dotted-key.ts';
import { publicData } from './resolved-yaml.ts';
import { type Scenario, SETTABLE_KEYS } from './scenario.ts';

/** A setting that is not what it would be if the scenario said nothing of it. */
interface ChangedSetting {
  readonly key: string;
  /** One value, or all that the matrix varies it over. */
  readonly values: readonly unknown[];
  readonly isVaried: boolean;
  /** Null when there is none. */
  readonly default: unknown;
}

/** What a scenario changes or varies, in the order of the schema; passwords in URLs are left out. */
export function changedSettings(scenario: Scenario): readonly ChangedSetting[] {
  const varied = variedValues(scenario.matrix);
  const leaves = SETTABLE_KEYS.filter(({ schema }) => schema.properties === undefined).flatMap((key) => {
    const value = readLeaf(scenario, key.segments);
    return value === undefined ? [] : leavesOf(key, value);
  });
  const own = leaves.map(({ dotted, value }) => ({ dotted, values: [value], isVaried: false }));
  const matrix = [...varied].map(([dotted, values]) => ({ dotted, values, isVaried: true }));
  const settings = own.map((setting) => matrix.find(({ dotted }) => dotted === setting.dotted) ?? setting);
  const free = matrix.filter(({ dotted }) => !own.some((setting) => setting.dotted === dotted));
  return [...settings, ...free].flatMap(({ dotted, values, isVaried }) => {
    const standard = findDottedKey(SETTABLE_KEYS, dotted)?.schema.default ?? null;
    const isChanged = isVaried || !isSame(values[0] ?? null, standard);
    return isChanged ? [{ key: dotted, values: values.map(publicData), isVaried, default: standard }] : [];
  });
}

/** A matrix may vary a whole map: what it says of each leaf, every value once. */
function variedValues(matrix: Scenario['matrix']): ReadonlyMap<string, readonly unknown[]> {
  const values = new Map<string, unknown[]>();
  for (const [dotted, alternatives] of Object.entries(matrix)) {
    const key = findDottedKey(SETTABLE_KEYS, dotted);
    if (key === undefined) continue;
    for (const leaf of alternatives.flatMap((alternative) => leavesOf(key, alternative))) {
      const known = values.get(leaf.dotted) ?? [];
      values.set(leaf.dotted, known.some((value) => isSame(value, leaf.value)) ? known : [...known, leaf.value]);
    }
  }
  return values;
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
