import { type DottedKey, findDottedKey, type Leaf, leavesOf, withLeaves } from './dotted-key.ts';
import type { Place, Problem } from './problem.ts';
import { type Scenario, SETTABLE_KEYS } from './scenario.ts';
import type { Violation } from './validate.ts';
import { readYaml } from './yaml-source.ts';

/** A value that takes the place of what the scenario file says. */
export interface Override {
  readonly key: DottedKey;
  readonly value: unknown;
  readonly place: Place;
}

/** A scenario after its overrides, and where the overridden keys (`expect`, `matrix.load.batch`) got their values. */
export interface OverriddenScenario {
  readonly scenario: Scenario;
  readonly origins: ReadonlyMap<string, Place>;
}

type Matrix = Readonly<Record<string, readonly unknown[]>>;

/** Makes overrides of a checked map of dotted keys; keys that are not settable are passed over. */
export function overridesOf(
  values: Readonly<Record<string, unknown>>,
  placeOf: (dotted: string) => Place,
): readonly Override[] {
  return Object.entries(values).flatMap(([dotted, value]) => {
    const key = findDottedKey(SETTABLE_KEYS, dotted);
    return key === undefined ? [] : [{ key, value, place: placeOf(dotted) }];
  });
}

/** Reads `key=value`, the value as YAML, and judges it by `check`, which gets a map of the one key. */
export function readSetOption(
  text: string,
  check: (value: unknown) => readonly Violation[],
): { readonly overrides: readonly Override[]; readonly problems: readonly Problem[] } {
  const place = { option: '--set' };
  const refused = (messages: readonly string[]) => ({
    overrides: [],
    problems: messages.map((message) => ({ place, message })),
  });
  const equals = text.indexOf('=');
  const dotted = text.slice(0, equals).trim();
  if (equals < 0 || dotted === '') return refused([`expected key=value, got ${JSON.stringify(text)}`]);
  const source = readYaml('--set', text.slice(equals + 1));
  if (source.problems.length > 0) return refused(source.problems.map(({ message }) => `${dotted}: ${message}`));
  const values = Object.fromEntries([[dotted, source.value]]);
  const violations = check(values);
  if (violations.length > 0) return refused(violations.map(({ message }) => message));
  return { overrides: overridesOf(values, () => place), problems: [] };
}

/**
 * Puts the overrides in, one after the other. One value takes the place of the file's value, or of the whole list when
 * the matrix varies that very key; a list of values for a key that is no list itself becomes an axis of the matrix.
 */
export function applyOverrides(scenario: Scenario, overrides: readonly Override[]): OverriddenScenario {
  const origins = new Map<string, Place>();
  let result = scenario;
  for (const { key, value, place } of overrides) {
    if (Array.isArray(value) && key.schema.type !== 'array') {
      result = { ...result, matrix: withAxis(result.matrix, key, value) };
      origins.set(`matrix.${key.dotted}`, place);
      continue;
    }
    for (const leaf of leavesOf(key, value)) {
      if (Object.hasOwn(result.matrix, leaf.dotted)) {
        // Kept as an axis of one value: the arms keep the names that expectations use.
        result = { ...result, matrix: { ...result.matrix, [leaf.dotted]: [leaf.value] } };
        origins.set(`matrix.${leaf.dotted}`, place);
      } else {
        result = withLeaves({ ...result, matrix: withoutLeaves(result.matrix, [leaf]) }, [leaf]);
        origins.set(leaf.dotted, place);
      }
    }
  }
  return { scenario: result, origins };
}

function withAxis(matrix: Matrix, key: DottedKey, values: readonly unknown[]): Matrix {
  if (Object.hasOwn(matrix, key.dotted)) {
    const others = Object.fromEntries(Object.entries(matrix).filter(([dotted]) => dotted !== key.dotted));
    const freed = withoutLeaves(
      others,
      values.flatMap((value) => leavesOf(key, value)),
    );
    const kept = Object.keys(matrix).filter((dotted) => dotted === key.dotted || Object.hasOwn(freed, dotted));
    return Object.fromEntries(kept.map((dotted) => [dotted, dotted === key.dotted ? values : (freed[dotted] ?? [])]));
  }
  return {
    ...withoutLeaves(
      matrix,
      values.flatMap((value) => leavesOf(key, value)),
    ),
    [key.dotted]: values,
  };
}

/** The matrix without these leaves; values that are then alike are one, and an axis with nothing left is gone. */
function withoutLeaves(matrix: Matrix, leaves: readonly Leaf[]): Matrix {
  const gone = new Set(leaves.map(({ dotted }) => dotted));
  const entries = Object.entries(matrix).flatMap(([dotted, values]): readonly [string, readonly unknown[]][] => {
    const key = findDottedKey(SETTABLE_KEYS, dotted);
    if (key === undefined) return [];
    const touched = values.some((value) => leavesOf(key, value).some((leaf) => gone.has(leaf.dotted)));
    if (!touched) return [[dotted, values]];
    const rest = values.map((value) =>
      unflatten(
        key,
        leavesOf(key, value).filter((leaf) => !gone.has(leaf.dotted)),
      ),
    );
    const unique = rest.filter((value, index) => rest.findIndex((other) => sameMap(key, other, value)) === index);
    return unique.every((value) => Object.keys(value).length === 0) ? [] : [[dotted, unique]];
  });
  return Object.fromEntries(entries);
}

function unflatten(key: DottedKey, leaves: readonly Leaf[]): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const { segments, value } of leaves) {
    let map = root;
    const below = segments.slice(key.segments.length);
    for (const segment of below.slice(0, -1)) {
      map[segment] ??= {};
      map = map[segment] as Record<string, unknown>;
    }
    map[below.at(-1) as string] = value;
  }
  return root;
}

function sameMap(key: DottedKey, a: unknown, b: unknown): boolean {
  const textOf = (value: unknown) =>
    JSON.stringify(
      leavesOf(key, value)
        .map(({ dotted, value: at }) => [dotted, at])
        .sort(),
    );
  return textOf(a) === textOf(b);
}
