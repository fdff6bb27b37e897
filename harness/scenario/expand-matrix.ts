import { armLoad } from './arm-load.ts';
import { armConsumers } from './consumers-group.ts';
import { everyCombination, everyPair, type Row } from './covering-array.ts';
import { describeValue, withoutPassword } from './describe-schema.ts';
import { type DottedKey, findDottedKey, type Leaf, leavesOf, readLeaf, withLeaves } from './dotted-key.ts';
import { durationToMs } from './duration.ts';
import { armFaults } from './faults-group.ts';
import { GROUPS } from './groups.ts';
import { loadConflict } from './load-conflict.ts';
import { armQueue } from './queue-group.ts';
import { type Arm, type ArmDrain, type PlannedRun, type Scenario, VARIABLE_KEYS } from './scenario.ts';
import { sliceConflict } from './slice-conflict.ts';
import type { Violation } from './validate.ts';

/** More than this is a slip of the pen: at three seconds a run it would take most of an hour. */
const MAX_RUNS = 1000;

/** One key of the matrix: every option holds the same leaves, those that its value leaves out as the scenario has them. */
interface Axis {
  readonly key: DottedKey;
  readonly options: readonly (readonly Leaf[])[];
}

export interface Expansion {
  readonly arms: readonly Arm[];
  /** How many combinations of the matrix there are, whether all are run or not. */
  readonly combinations: number;
  readonly violations: readonly Violation[];
}

/**
 * Multiplies the axes of the matrix, the last one turning fastest, or with `cover: pairwise` takes of all combinations as
 * many as hold every pair of values. Without axes there is one arm, `run`.
 */
export function expandMatrix(scenario: Scenario): Expansion {
  const axes = Object.entries(scenario.matrix).flatMap(([dotted, values]) => axisOf(scenario, dotted, values));
  const sizes = axes.map(({ options }) => options.length);
  const combinations = sizes.reduce((product, size) => product * size, 1);
  const rows = rowsToRun(scenario, sizes);
  const violations = [...axes.flatMap(repeatedOptions), ...leavesOfTwoAxes(axes)];
  if (typeof rows === 'string') {
    const path = axes.length > 0 ? ['matrix'] : ['rounds'];
    violations.push({ path, target: 'key', message: `expected at most ${MAX_RUNS} runs, got ${rows}` });
  }
  if (violations.length > 0 || typeof rows === 'string') return { arms: [], combinations, violations };
  const chosen = rows.map((row) => axes.map(({ options }, axis) => options[row[axis] ?? 0] ?? []));
  const arms = armsOf(scenario, axes, chosen);
  const conflict =
    unservedRoute(arms, axes) ??
    loadConflict(arms, Object.keys(scenario.matrix)) ??
    sliceConflict(arms, scenario.slices);
  return conflict === undefined
    ? { arms, combinations, violations: [] }
    : { arms: [], combinations, violations: [conflict] };
}

/** Values of the axes by index, or how many runs that would be and what to do about it. */
function rowsToRun({ cover, rounds }: Scenario, sizes: readonly number[]): readonly Row[] | string {
  const [largest = 1, second = 1] = sizes.toSorted((a, b) => b - a);
  const all = sizes.reduce((product, size) => product * size, 1);
  const isPairwise = cover === 'pairwise';
  // No covering array is smaller than this.
  const fewest = isPairwise ? largest * second : all;
  const tooMany = (arms: number) => `${arms} arms × ${rounds} rounds = ${arms * rounds} runs; vary fewer values`;
  if (fewest * rounds > MAX_RUNS) return `${tooMany(fewest)}${isPairwise ? '' : ', or take cover: pairwise'}`;
  const rows = isPairwise ? everyPair(sizes) : everyCombination(sizes);
  return rows.length * rounds > MAX_RUNS ? tooMany(rows.length) : rows;
}

/** One arm for each row of options, one of every axis. */
function armsOf(
  scenario: Scenario,
  axes: readonly Axis[],
  combinations: readonly (readonly (readonly Leaf[])[])[],
): readonly Arm[] {
  const shown = axes.map(shownLeaves);
  const varied = combinations.map((row) =>
    row.flatMap((option, index) => option.filter((leaf) => shown[index]?.has(leaf.dotted))),
  );
  const named = axes.map(namingLeaves);
  const names = armNames(
    combinations.map((row) => row.flatMap((option, index) => option.filter((leaf) => named[index]?.has(leaf.dotted)))),
  );
  return combinations.map((row, index) => armOf(scenario, row.flat(), names[index] ?? '', varied[index] ?? []));
}

/** A unified server has no thread pool and answers push-legacy with 404: every run of such an arm would be a failure. */
function unservedRoute(arms: readonly Arm[], axes: readonly Axis[]): Violation | undefined {
  const arm = arms.find(({ server, load }) => server.poolMode === 'unified' && load.route === 'push-legacy');
  if (arm === undefined) return undefined;
  const axis = axes.find(({ options }) => options[0]?.some(({ dotted }) => dotted === 'server.poolMode'));
  const message =
    `${arm.name}: expected load.route push with server.poolMode unified, got push-legacy; ` +
    'there is no thread pool then: use poolMode split, or vary whole maps of load that leave this pair out';
  return axis === undefined
    ? { path: ['server', 'poolMode'], target: 'value', message }
    : { path: ['matrix', axis.key.dotted], target: 'key', message };
}

/** Every arm once a round: odd rounds forwards, even rounds backwards, so that drift of the machine hits all arms alike. */
export function interleave(arms: readonly Arm[], rounds: number): readonly PlannedRun[] {
  return Array.from({ length: rounds }, (_, index) => index + 1).flatMap((round) =>
    (round % 2 === 1 ? arms : arms.toReversed()).map((arm) => ({ arm, round })),
  );
}

function axisOf(scenario: Scenario, dotted: string, values: readonly unknown[]): readonly Axis[] {
  const key = findDottedKey(VARIABLE_KEYS, dotted);
  if (key === undefined) return [];
  const given = values.map((value) => leavesOf(key, value));
  const mentioned = new Map(given.flat().map((leaf) => [leaf.dotted, leaf]));
  const options = given.map((leaves) =>
    [...mentioned.values()].map(
      (leaf) =>
        leaves.find((own) => own.dotted === leaf.dotted) ?? { ...leaf, value: readLeaf(scenario, leaf.segments) },
    ),
  );
  return [{ key, options }];
}

function repeatedOptions({ key, options }: Axis): readonly Violation[] {
  const texts = options.map((leaves) => JSON.stringify(leaves.map(({ value }) => value ?? null)));
  return texts.flatMap((text, index) => {
    if (texts.indexOf(text) === index) return [];
    const value = options[index]?.length === 1 ? describeValue(options[index][0]?.value) : 'the same values';
    const message = `matrix.${key.dotted}: expected every value once, got ${value} a second time`;
    return [{ path: ['matrix', key.dotted, index], target: 'value', message } as const];
  });
}

function leavesOfTwoAxes(axes: readonly Axis[]): readonly Violation[] {
  const owners = new Map<string, string>();
  return axes.flatMap(({ key, options }) =>
    (options[0] ?? []).flatMap(({ dotted }) => {
      const owner = owners.get(dotted);
      owners.set(dotted, owner ?? key.dotted);
      if (owner === undefined) return [];
      const message = `matrix.${key.dotted}: expected ${dotted} to be varied by one key, got it from matrix.${owner} too`;
      return [{ path: ['matrix', key.dotted], target: 'key', message } as const];
    }),
  );
}

/** The leaves worth showing: of a map those that differ between its values, of a single key the key. */
function shownLeaves({ key, options }: Axis): ReadonlySet<string> {
  const all = options[0] ?? [];
  const differing = all.filter(
    ({ dotted }, index) =>
      dotted === key.dotted || new Set(options.map((option) => JSON.stringify(option[index]?.value ?? null))).size > 1,
  );
  return new Set(differing.map(({ dotted }) => dotted));
}

/** The leaves that name an option: of those worth showing as many, from the first on, as tell all options apart. */
function namingLeaves(axis: Axis): ReadonlySet<string> {
  const shown = [...shownLeaves(axis)];
  const tellsApart = (dotted: readonly string[]): boolean => {
    const texts = axis.options.map((option) =>
      JSON.stringify(option.filter((leaf) => dotted.includes(leaf.dotted)).map(({ value }) => value ?? null)),
    );
    return new Set(texts).size === texts.length;
  };
  const enough = shown.findIndex((_, index) => tellsApart(shown.slice(0, index + 1)));
  return new Set(enough === -1 ? shown : shown.slice(0, enough + 1));
}

function armNames(rows: readonly (readonly Leaf[])[]): readonly string[] {
  const short = rows.map((row) => row.map(shortLabel).join(' ') || 'run');
  if (new Set(short).size === short.length) return short;
  return rows.map((row) => row.map(({ dotted, value }) => `${dotted}=${labelValue(value)}`).join(' '));
}

function shortLabel({ dotted, segments, value }: Leaf): string {
  const isWord = findDottedKey(VARIABLE_KEYS, dotted)?.schema.enum !== undefined;
  return isWord ? String(value) : `${segments.at(-1)}=${labelValue(value)}`;
}

function labelValue(value: unknown): string {
  return value === undefined ? 'none' : withoutPassword(String(value));
}

function armOf(scenario: Scenario, leaves: readonly Leaf[], name: string, varied: readonly Leaf[]): Arm {
  const { postgres, server, queue, load, consumers, faults, drain } = withLeaves(
    Object.fromEntries(Object.keys(GROUPS).map((group) => [group, scenario[group as keyof typeof GROUPS]])) as Pick<
      Scenario,
      keyof typeof GROUPS
    >,
    leaves.filter(({ value }) => value !== undefined),
  );
  const planned = armFaults(faults);
  const shown = varied.map(({ dotted, value }) => [
    dotted,
    typeof value === 'string' ? withoutPassword(value) : (value ?? null),
  ]);
  return {
    name,
    varied: Object.fromEntries(shown),
    postgres,
    server: armServer(server),
    queue: armQueue(queue),
    load: armLoad(load, planned.length > 0),
    consumers: armConsumers(consumers),
    faults: planned,
    drain: { ...drain, mode: drain.mode as ArmDrain['mode'] },
  };
}

function armServer({ databaseLatency, ...server }: Scenario['server']): Arm['server'] {
  return {
    ...server,
    poolMode: server.poolMode as Arm['server']['poolMode'],
    databaseLatencyMs: databaseLatency === 'none' ? undefined : durationToMs(databaseLatency),
  };
}
