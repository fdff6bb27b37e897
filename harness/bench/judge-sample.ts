import { CHECKS, runChecks } from '../checkers/run-checks.ts';
import { sampleEvidence } from './sample-run.ts';

/** What judging cost. */
export interface JudgedSample {
  readonly cpuMs: number;
  readonly peakMb: number;
  /** Checks that accused the sample, which is one of a run without fault. */
  readonly accusing: readonly string[];
}

// A process of its own for every time: checks run once in a run's life, so what the engine learns on the way is part of it,
// and the peak of the memory is that of one judgement.
const [messages = 0, batch = 1, seed = 1] = process.argv.slice(2).map(Number);
const evidence = sampleEvidence({ messages, batch, seed });
const before = process.cpuUsage();
const results = runChecks(Object.keys(CHECKS), evidence);
const { user, system } = process.cpuUsage(before);
const judged: JudgedSample = {
  cpuMs: (user + system) / 1_000,
  peakMb: process.resourceUsage().maxRSS / 1_024,
  accusing: results.filter(({ verdict }) => verdict === 'invalid').map(({ name }) => name),
};
process.stdout.write(JSON.stringify(judged));
