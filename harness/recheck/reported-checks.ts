import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { type Static, Type } from 'typebox';
import { type CheckResult, VERDICTS } from '../checkers/verdict.ts';

/** As much of result.json as is compared; reports of other versions have it too. */
const ReportedSchema = Type.Object({
  checks: Type.Array(
    Type.Object({
      name: Type.String(),
      arm: Type.String(),
      round: Type.Integer(),
      verdict: Type.Enum([...VERDICTS]),
      counts: Type.Record(Type.String(), Type.Number()),
    }),
  ),
});

type Reported = Static<typeof ReportedSchema>;

const fits = new Ajv().compile<Reported>(ReportedSchema);

/** One run of a scenario, as reports name it. */
export interface RunName {
  readonly arm: string;
  readonly round: number;
}

/** What the report says of each run's checks. */
export class ReportedChecks {
  readonly #checks: Reported['checks'];

  private constructor(checks: Reported['checks']) {
    this.#checks = checks;
  }

  /** The checks of a folder's result.json, or the reason why there is nothing to compare with. */
  static async read(folder: string): Promise<ReportedChecks | string> {
    try {
      const result: unknown = JSON.parse(await readFile(join(folder, 'result.json'), 'utf8'));
      if (fits(result)) return new ReportedChecks(result.checks);
      const [misfit] = fits.errors ?? [];
      return `result.json is not that of a run: ${misfit?.instancePath || 'it'} ${misfit?.message}`;
    } catch (error) {
      return `result.json cannot be read: ${error instanceof Error ? error.message : error}`;
    }
  }

  /** What the report says otherwise of this check, a few words each; none when it says nothing of it. */
  differences({ arm, round }: RunName, now: CheckResult): readonly string[] {
    const then = this.#checks.find((check) => check.arm === arm && check.round === round && check.name === now.name);
    if (then === undefined) return [];
    const verdict = then.verdict === now.verdict ? [] : [`the report says ${then.verdict}`];
    const counts = Object.entries(then.counts).filter(([name, count]) => (now.counts[name] ?? count) !== count);
    return [
      ...verdict,
      ...counts.map(([name, count]) => `the report counts ${count} ${name}, not ${now.counts[name]}`),
    ];
  }

  /** Runs of the report that are none of these. */
  runsBeside(runs: readonly RunName[]): readonly RunName[] {
    const isOf = (a: RunName) => (b: RunName) => a.arm === b.arm && a.round === b.round;
    const beside = this.#checks.filter((check) => !runs.some(isOf(check)));
    return beside.filter((check, index) => beside.findIndex(isOf(check)) === index);
  }
}
