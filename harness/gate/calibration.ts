import { Ajv } from 'ajv';
import { type Static, Type } from 'typebox';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { FingerprintSchema, fingerprintDifferences, type MachineFingerprint } from '../report/machine-fingerprint.ts';
import { printable } from '../report/printable.ts';
import { percent } from './percent.ts';
import { readStored, writeStored } from './stored-json.ts';

const strict = { additionalProperties: false } as const;
const Share = Type.Number({ minimum: 0, maximum: 1 });
const NullableNumber = Type.Union([Type.Number(), Type.Null()]);

const CalibratedMetric = Type.Object(
  {
    arm: Type.String(),
    metric: Type.String(),
    kind: Type.Enum(['speed', 'cost']),
    /** Blocks of equal versions that were measured. */
    blocks: Type.Integer({ minimum: 2 }),
    /** Standard deviation of their log ratios. */
    blockSd: Type.Number({ minimum: 0 }),
    /** candidate / base of equal versions, with its 95 % interval: away from 1 the machine or the gate prefers a side. */
    offset: Type.Object({ ratio: Type.Number(), low: Type.Number(), high: Type.Number() }, strict),
    /** Loss that the rule finds with a chance of 80 % (see smallestChange); null when it finds none. */
    smallestChange: NullableNumber,
  },
  strict,
);

const SeenGates = Type.Object({ gates: Type.Integer({ minimum: 0 }), failed: Type.Integer({ minimum: 0 }) }, strict);

/** What the gate can see on a machine, from real gates on it. */
const CalibrationSchema = Type.Object(
  {
    schemaVersion: Type.Literal(1),
    /** ISO 8601. */
    madeAt: Type.String(),
    /** Commit of the version that was run against itself. */
    git: Type.String(),
    machine: FingerprintSchema,
    minutesPerBlock: Type.Number({ exclusiveMinimum: 0 }),
    /** Blocks of the first round that smallestChange was worked out for. */
    blocks: Type.Integer({ minimum: 2 }),
    metrics: Type.Array(CalibratedMetric, { minItems: 1 }),
    /** Gates of equal versions, and how many failed. */
    falseAlarms: SeenGates,
    /** Chance of one false alarm that the rule grants at most. */
    falseAlarm: Share,
    /** Gates of slowed candidates: how much slower they were made, as a share, and how many failed. */
    power: Type.Array(
      Type.Object(
        { slowdown: Share, gates: Type.Integer({ minimum: 0 }), failed: Type.Integer({ minimum: 0 }) },
        strict,
      ),
    ),
  },
  strict,
);

export type Calibration = Static<typeof CalibrationSchema>;

const KIND = {
  what: 'calibration',
  hint: 'Make one with: npm run gate -- --calibrate',
  fits: new Ajv({ allErrors: true }).compile<Calibration>(CalibrationSchema),
};

/** Writes a calibration, and its folder if need be. Throws CommandError (unavailable) when that cannot be done. */
export async function writeCalibration(file: string, calibration: Calibration): Promise<void> {
  await writeStored(file, calibration, KIND);
}

/** Reads a calibration. Throws CommandError (usage) when there is none, or the file is not one. */
export async function readCalibration(file: string): Promise<Calibration> {
  return await readStored(file, KIND);
}

/**
 * Refuses to run a gate that could not keep its word. Throws CommandError (unavailable) when the calibration is of another kind
 * of machine, when it saw more false alarms than the rule's chance explains, or when some metric's smallest detectable
 * change is above `threshold`, the loss (a share) that the gate is asked to find.
 */
export function refuseUnsupported(threshold: number, calibration: Calibration, machine: MachineFingerprint): void {
  const problems = [
    ...fingerprintDifferences(calibration.machine, machine).map((text) => `it is of another machine: ${text}`),
    ...falseAlarmProblem(calibration),
    ...calibration.metrics.flatMap((metric) => blindness(metric, threshold, calibration)),
  ];
  if (problems.length === 0) return;
  throw new CommandError(
    EXIT_CODE.unavailable,
    `The calibration of ${calibration.madeAt} does not support this gate: ${problems.map(printable).join('; ')}`,
    {
      hint: `Calibrate again on a quiet machine (npm run gate -- --calibrate), grant more blocks, or ask for a larger loss than ${percent(threshold)}.`,
    },
  );
}

function blindness(
  { arm, metric, kind, smallestChange, blockSd }: Calibration['metrics'][number],
  threshold: number,
  { blocks }: Calibration,
): readonly string[] {
  // Costs have a threshold of their own, far below the one of speeds; what they cannot see, the gate leaves inconclusive.
  if (kind === 'cost' || (smallestChange !== null && smallestChange <= threshold)) return [];
  const least = smallestChange === null ? 'no change at all' : `no change below ${percent(smallestChange)}`;
  return [
    `in ${blocks} blocks it sees ${least} of ${arm}'s ${metric} (block sd ${percent(blockSd)}), and ${percent(threshold)} were asked for`,
  ];
}

/** Below this probability so many false alarms are not luck. */
const NOT_LUCK = 0.01;

function falseAlarmProblem({ falseAlarms: { gates, failed }, falseAlarm }: Calibration): readonly string[] {
  if (failed === 0 || binomialTail(failed, gates, falseAlarm) >= NOT_LUCK) return [];
  return [`${failed} of ${gates} gates of equal versions failed, and the rule grants ${percent(falseAlarm)}`];
}

/** The probability of at least `least` successes in `trials`. */
function binomialTail(least: number, trials: number, chance: number): number {
  let below = 0;
  let term = (1 - chance) ** trials;
  for (let successes = 0; successes < least; successes += 1) {
    below += term;
    term *= ((trials - successes) / (successes + 1)) * (chance / (1 - chance));
  }
  return 1 - below;
}
