import { EXIT_CODE, type ExitCode } from '../cli/exit-code.ts';
import type { Behaviour } from './behaviour.ts';
import { HttpClient, type Target } from './http-client.ts';
import { countOutcomes, type Outcome } from './outcome.ts';
import { runBehaviours } from './run-behaviours.ts';
import { declaredStatuses } from './status-probe.ts';

export interface JudgeOptions {
  /** Begins the name of everything that is made on the target; unique to this run. */
  readonly prefix: string;
  readonly signal: AbortSignal;
  readonly onOutcome: (outcome: Outcome, index: number) => void;
}

/** Enough to let checks that sleep overlap, few enough for time limits to mean something on two cores. */
const CONCURRENCY = 8;
/** A check has the time of this many requests. */
const REQUESTS_A_CHECK = 3;

/** Judges a server by its base URL. It does not throw, whatever the server does. */
export async function judgeTarget(
  target: Target,
  behaviours: readonly Behaviour[],
  { prefix, signal, onOutcome }: JudgeOptions,
): Promise<readonly Outcome[]> {
  await using client = new HttpClient(target);
  const { always200 } = await declaredStatuses(client, prefix);
  if (always200) client.acceptAlways200();
  return await runBehaviours(behaviours, {
    client,
    prefix,
    signal,
    onOutcome,
    concurrency: CONCURRENCY,
    checkTimeoutMs: REQUESTS_A_CHECK * target.requestTimeoutMs,
  });
}

/** What the process ends with: a violation outranks ignorance, and without anything valid there is no proof. */
export function exitCodeOf(outcomes: readonly Outcome[]): ExitCode {
  const { valid, violated, unknown } = countOutcomes(outcomes);
  if (violated > 0) return EXIT_CODE.proofFailed;
  return unknown > 0 || valid === 0 ? EXIT_CODE.inconclusive : EXIT_CODE.passed;
}
