import { readFile } from 'node:fs/promises';
import { Ajv } from 'ajv';
import { type Static, Type } from 'typebox';
import { VERDICTS } from '../checkers/verdict.ts';
import { FingerprintSchema } from './machine-fingerprint.ts';
import { printable } from './printable.ts';

const NullableNumber = Type.Union([Type.Number(), Type.Null()]);

/** As much of result.json as is held against other results; those of other versions have it too. */
const MeasuredResultSchema = Type.Object({
  schemaVersion: Type.Literal(1),
  scenario: Type.String(),
  verdict: Type.Enum(['passed', 'failed', 'invalid', 'inconclusive', 'interrupted']),
  profile: Type.Optional(Type.Unknown()),
  startedAt: Type.String(),
  environment: FingerprintSchema,
  arms: Type.Array(
    Type.Object({
      name: Type.String(),
      parameters: Type.Record(Type.String(), Type.Unknown()),
      verdict: Type.Enum([...VERDICTS]),
      throughputMsgPerS: Type.Union([Type.Object({ median: Type.Number() }), Type.Null()]),
      popAck: Type.Optional(
        Type.Union([Type.Object({ throughputMsgPerS: Type.Object({ median: Type.Number() }) }), Type.Null()]),
      ),
      costs: Type.Record(Type.String(), Type.Number()),
      ceilingFraction: NullableNumber,
      inconclusive: Type.Optional(Type.String()),
    }),
  ),
  ratios: Type.Array(
    Type.Object({ numerator: Type.String(), denominator: Type.String(), metric: Type.String(), median: Type.Number() }),
  ),
});

/** A `Result` is one, and so is what is read from a file. */
export type MeasuredResult = Static<typeof MeasuredResultSchema>;
export type MeasuredArm = MeasuredResult['arms'][number];

const fits = new Ajv({ allErrors: true }).compile<MeasuredResult>(MeasuredResultSchema);

/** Reads a result.json, or says in a few words why it cannot be used; the file's name is not in it. */
export async function readMeasuredResult(file: string): Promise<MeasuredResult | string> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    return `cannot be read: ${printable(error instanceof Error ? error.message : String(error))}`;
  }
  if (typeof value === 'object' && value !== null && 'trials' in value)
    return 'is of a run of defects: it has no figures';
  if (!fits(value)) {
    const [misfit] = fits.errors ?? [];
    return `is not a result that this version reads: ${printable(`${misfit?.instancePath || 'it'} ${misfit?.message}`)}`;
  }
  if (Number.isNaN(Date.parse(value.startedAt))) return 'has a startedAt that is no time';
  return value;
}

/** Why some of the runs cannot be taken for independent ones; undefined when they can. */
export function repeatedRun(results: readonly MeasuredResult[]): string | undefined {
  const times = results.map(({ startedAt }) => startedAt);
  const twice = times.find((time, index) => times.indexOf(time) !== index);
  return twice === undefined ? undefined : `the run of ${twice} is there twice`;
}

/** Why no figure of this result may be held against others; undefined when they may. */
export function unfitReason({ verdict, profile }: MeasuredResult): string | undefined {
  if (profile !== undefined) return 'the server was profiled, so its figures are no figures of the server';
  if (verdict === 'passed' || verdict === 'failed') return undefined;
  return `its verdict is ${verdict}`;
}

/** Why an arm has no figure of the server; undefined when it has. A failed expectation is no reason: the proof holds. */
export function unfitArmReason({ verdict, throughputMsgPerS, inconclusive }: MeasuredArm): string | undefined {
  if (verdict !== 'valid') return `its proof is ${verdict}`;
  if (inconclusive !== undefined) return inconclusive;
  return throughputMsgPerS === null ? 'it has no throughput' : undefined;
}
