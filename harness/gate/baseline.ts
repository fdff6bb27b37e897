import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import { type Static, Type } from 'typebox';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { FingerprintSchema, fingerprintDifferences, fingerprintOf } from '../report/machine-fingerprint.ts';
import {
  type MeasuredArm,
  type MeasuredResult,
  repeatedRun,
  unfitArmReason,
  unfitReason,
} from '../report/measured-result.ts';
import { readStored, writeStored } from './stored-json.ts';

const strict = { additionalProperties: false } as const;
/** One value a run: runs are what is independent of each other. */
const Values = Type.Array(Type.Number());

const BaselineArm = Type.Object(
  {
    name: Type.String(),
    /** What the arm was run with, by dotted key: an arm of that name with other parameters is another one. */
    parameters: Type.Record(Type.String(), Type.Unknown()),
    /** Msg/s over that of plain SQL in the same run. */
    ceilingFraction: Values,
    /** Msg/s over that of the arm named, of the same run: push over push-legacy. */
    ratios: Type.Array(Type.Object({ denominator: Type.String(), values: Values }, strict)),
    /** What hardly varies from run to run and does not depend on how fast the machine is. */
    costs: Type.Record(Type.String(), Values),
    /** Msg/s, to be compared on the same kind of machine only. */
    throughputMsgPerS: Values,
  },
  strict,
);

/** Figures of a version of the server, to hold later ones against. */
const BaselineSchema = Type.Object(
  {
    schemaVersion: Type.Literal(1),
    name: Type.String(),
    /** ISO 8601. */
    savedAt: Type.String(),
    scenario: Type.String(),
    git: Type.String(),
    machine: FingerprintSchema,
    /** Runs that the values are of. */
    runs: Type.Integer({ minimum: 1 }),
    arms: Type.Array(BaselineArm, { minItems: 1 }),
  },
  strict,
);

export type Baseline = Static<typeof BaselineSchema>;
export type BaselineArmRecord = Static<typeof BaselineArm>;

const KIND = {
  what: 'baseline',
  hint: 'Write one with: npm run gate -- --save <name>',
  fits: new Ajv({ allErrors: true }).compile<Baseline>(BaselineSchema),
};

/** Fewer runs give no idea of how much a figure varies. */
export const FEWEST_RUNS = 3;

/**
 * Costs that are a matter of what the server does, not of how fast. Over 17 runs of one version on two busy cores WAL bytes
 * and rows varied by 0.03 to 0.7 %, statements and transactions by 0.01 % (push-legacy) to 2.3 % (push, which shares
 * transactions among the requests that happen to wait), the heap by 0.8 to 1.8 %; CPU times by 5 to 13 %, and fsyncs,
 * which depend on the disk, by up to 3.6 %.
 */
const DETERMINISTIC_COSTS: readonly string[] = [
  'statements',
  'writeTransactions',
  'walBytes',
  'rowsWrittenWithDrain',
  'serverAllocatedBytes',
];

/**
 * The baseline of some runs of one scenario. Throws CommandError (usage) when there are fewer than three, when they are of
 * different scenarios or machines, or when one of them has no figures of the server.
 */
export function makeBaseline(
  name: string,
  results: readonly (MeasuredResult & { readonly environment: { readonly git: string } })[],
  savedAt: Date,
): Baseline {
  checkName(name);
  const [first] = results;
  if (first === undefined || results.length < FEWEST_RUNS) {
    throw refusal(
      `a baseline needs at least ${FEWEST_RUNS} runs to know how much its figures vary, got ${results.length}`,
    );
  }
  const twice = repeatedRun(results);
  if (twice !== undefined) throw refusal(`a baseline needs different runs: ${twice}`);
  for (const result of results) {
    const problem = problemOf(result, first);
    if (problem !== undefined) throw refusal(`the run of ${result.startedAt} cannot be in a baseline: ${problem}`);
  }
  return {
    schemaVersion: 1,
    name,
    savedAt: savedAt.toISOString(),
    scenario: first.scenario,
    git: first.environment.git,
    machine: fingerprintOf(first.environment),
    runs: results.length,
    arms: first.arms.map(({ name: arm, parameters }) => armRecord(arm, parameters, results)),
  };
}

function problemOf(result: MeasuredResult, first: MeasuredResult): string | undefined {
  if (result.scenario !== first.scenario) return `it is of ${result.scenario}, another one of ${first.scenario}`;
  const [difference] = fingerprintDifferences(first.environment, result.environment);
  if (difference !== undefined) return `the machines differ: ${difference}`;
  const missing = first.arms.find(({ name }) => !result.arms.some((arm) => arm.name === name));
  if (missing !== undefined) return `it has no arm ${missing.name}`;
  const bad = result.arms.find((arm) => unfitArmReason(arm) !== undefined);
  return unfitReason(result) ?? (bad && `${bad.name}: ${unfitArmReason(bad)}`);
}

/** The values of an arm over runs, in their order; a figure that not every run has is in none. */
export function armRecord(
  name: string,
  parameters: Readonly<Record<string, unknown>>,
  results: readonly MeasuredResult[],
): BaselineArmRecord {
  const overRuns = (figure: (arm: MeasuredArm, result: MeasuredResult) => number | null | undefined): number[] => {
    const values = results.map((result) => {
      const arm = result.arms.find((candidate) => candidate.name === name);
      return arm === undefined ? undefined : figure(arm, result);
    });
    const known = values.filter((value) => typeof value === 'number');
    return known.length === values.length ? known : [];
  };
  const denominators = new Set(
    results.flatMap(({ ratios }) => ratios.filter((ratio) => isRate(ratio, name)).map((ratio) => ratio.denominator)),
  );
  return {
    name,
    parameters: { ...parameters },
    ceilingFraction: overRuns((arm) => arm.ceilingFraction),
    ratios: [...denominators].map((denominator) => ({
      denominator,
      values: overRuns(
        (_, { ratios }) => ratios.find((ratio) => isRate(ratio, name) && ratio.denominator === denominator)?.median,
      ),
    })),
    costs: Object.fromEntries(
      DETERMINISTIC_COSTS.map((cost) => [cost, overRuns(({ costs }) => costs[cost])] as const).filter(
        ([, values]) => values.length > 0,
      ),
    ),
    throughputMsgPerS: overRuns((arm) => arm.throughputMsgPerS?.median),
  };
}

function isRate({ numerator, metric }: MeasuredResult['ratios'][number], arm: string): boolean {
  return numerator === arm && metric === 'throughput';
}

const FOLDER = 'reports/baselines';

/** The file of a baseline: `main` is reports/baselines/main.json; anything with a slash or ending in .json is a path. */
export function baselineFile(nameOrFile: string): string {
  const isPath = /[/\\]/.test(nameOrFile) || nameOrFile.endsWith('.json');
  return resolve(isPath ? nameOrFile : `${FOLDER}/${nameOrFile}.json`);
}

/** Writes a baseline and gives back its path. Throws CommandError (unavailable) when that cannot be done. */
export async function saveBaseline(baseline: Baseline): Promise<string> {
  const file = baselineFile(baseline.name);
  await writeStored(file, baseline, KIND);
  return file;
}

/** Reads a baseline by name or path. Throws CommandError (usage) when there is none, or the file is not one. */
export async function loadBaseline(nameOrFile: string): Promise<Baseline> {
  return await readStored(baselineFile(nameOrFile), KIND);
}

function checkName(name: string): void {
  if (/^[a-z0-9][a-z0-9._-]{0,63}$/i.test(name) && !name.endsWith('.json')) return;
  throw refusal(
    `expected a name of letters, digits, ".", "_" and "-" that begins with a letter or digit, got "${name}"`,
  );
}

function refusal(message: string): CommandError {
  return new CommandError(EXIT_CODE.usage, message, { hint: KIND.hint });
}
