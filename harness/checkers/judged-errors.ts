import type { ErrorTrace } from '../history/error-trace.ts';
import { type Consumption, isMissing, type LogProblem, type RunEvidence } from '../history/evidence.ts';
import { ITEM_OUTCOMES } from '../history/item-outcome.ts';
import { formatTransactionId } from '../history/message-identity.ts';
import { SETTLE_OUTCOME_CODE, SETTLEMENT_CODE } from '../history/settlement.ts';
import { isWronglyRefused } from './acks.ts';
import { TOO_MANY_CONNECTIONS } from './connections.ts';
import { isError, judgeLines } from './excused-lines.ts';
import type { LogName } from './excuses.ts';
import { FaultWindows, windowOf } from './fault-windows.ts';
import { matches } from './log-match.ts';
import { OutcomeExcuses } from './outcome-excuses.ts';
import { OUT_OF_TURN } from './pool-hygiene.ts';

export const ERROR_SOURCES = ['producer', 'consumer', 'server log', 'PostgreSQL log'] as const;

export type ErrorSource = (typeof ERROR_SOURCES)[number];

/** When errors were seen; microseconds on the monotonic clock. Both are the same for one of a request. */
interface ErrorTime {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Errors of one class that were seen together, and whether the run explains them. */
export interface JudgedError {
  readonly source: ErrorSource;
  readonly class: string;
  readonly example: string;
  readonly count: number;
  /** Undefined when nobody knows. */
  readonly time: ErrorTime | undefined;
  /** By the excuses of the checks, see excuses.ts; undefined when nobody judges such errors, or not without a time. */
  readonly isExplained: boolean | undefined;
  /** Index among the run's faults of the one that was in force and, of several, explains it. */
  readonly fault: number | undefined;
}

/** Errors as producers and consumers saw them; undefined where nobody took them down. */
export interface SeenErrors {
  readonly producers: ErrorTrace;
  readonly consumers: ErrorTrace | undefined;
}

/**
 * Every error of a run from all who saw one, each with the judgement that the checks give of it, and none of its own:
 *
 * - of producers as `statuses` judges what became of the messages;
 * - of logs as `server-errors` does; with those warnings that `pool-hygiene` and `connections` accuse;
 * - refused acks, and answers outside the contract, as `acks` does.
 *
 * Pops and acks without an answer or with HTTP 5xx are accused by no check: explained while a fault is in force, else not.
 */
export function* judgedErrors(evidence: RunEvidence, { producers, consumers }: SeenErrors): Generator<JudgedError> {
  const faults = new FaultsInForce(evidence);
  const outcomes = new OutcomeExcuses(evidence.faults);
  yield* ofTrace('producer', producers, (code, { fromUs, toUs }) => {
    const outcome = ITEM_OUTCOMES[code] ?? 'pending';
    const inForce = faults.at(fromUs, toUs);
    if (outcome === 'pending') return { isExplained: undefined, fault: inForce };
    const excusing = outcomes.excusing(outcome, fromUs, toUs);
    return { isExplained: excusing !== undefined, fault: excusing ?? inForce };
  });
  if (consumers !== undefined) {
    yield* ofTrace('consumer', consumers, (_, { fromUs, toUs }) => {
      const fault = faults.at(fromUs, toUs);
      return { isExplained: fault !== undefined, fault };
    });
  }
  if (!isMissing(evidence.consumption)) yield* ofConsumption(evidence, evidence.consumption, faults);
  yield* ofLog('server log', 'server', evidence, faults);
  yield* ofLog('PostgreSQL log', 'postgres', evidence, faults);
}

/** Which fault was in force when; from its begin until a sound server is itself again. */
class FaultsInForce {
  readonly #windows: readonly { readonly fault: number; readonly window: FaultWindows }[];

  constructor({ faults }: RunEvidence) {
    this.#windows = faults.flatMap((record, fault) =>
      record.outcome === 'impossible' ? [] : [{ fault, window: new FaultWindows([windowOf(record)]) }],
    );
  }

  /** Index of the fault; of several the one begun last. */
  at(fromUs: number, toUs: number): number | undefined {
    return this.#windows.findLast(({ window }) => window.touch(fromUs, toUs))?.fault;
  }
}

type Judgement = Pick<JudgedError, 'isExplained' | 'fault'>;

function* ofTrace(
  source: ErrorSource,
  trace: ErrorTrace,
  judge: (outcomeCode: number, underWay: ErrorTime) => Judgement,
): Generator<JudgedError> {
  const left = trace.classes.map(({ count }) => count);
  for (const [entry, index] of trace.class.entries()) {
    const { name, example } = trace.classes[index] ?? { name: 'other', example: '' };
    const count = trace.count[entry] ?? 0;
    left[index] = (left[index] ?? 0) - count;
    const [fromUs, toUs] = [trace.fromUs[entry] ?? 0, trace.toUs[entry] ?? 0];
    const seenUs = toUs || fromUs;
    // A request that was never answered was under way until the end.
    const judgement = judge(trace.outcome[entry] ?? 0, { fromUs, toUs: toUs || Number.POSITIVE_INFINITY });
    yield { source, class: name, example, count, time: { fromUs: seenUs, toUs: seenUs }, ...judgement };
  }
  for (const [index, { name, example }] of trace.classes.entries()) {
    const count = left[index] ?? 0;
    if (count > 0) yield { source, class: name, example, count, ...UNTIMED, isExplained: undefined };
  }
}

const UNTIMED = { time: undefined, fault: undefined } as const;

function* ofConsumption(
  evidence: RunEvidence,
  { history, unexpected, altered, malformed }: Consumption,
  faults: FaultsInForce,
): Generator<JudgedError> {
  const { ledger } = evidence;
  for (let delivery = 0; delivery < history.deliveries; delivery += 1) {
    if (history.outcomeCode(delivery) !== SETTLE_OUTCOME_CODE.refused) continue;
    const pop = history.popOf(delivery);
    // Who lets a lease run out on purpose is refused by right.
    if (history.settlementCode(pop) === SETTLEMENT_CODE.expire) continue;
    const [fromUs, toUs] = [history.settleInvokedUs(pop), history.settleCompletedUs(pop)];
    const message = history.message(delivery);
    const sinceMs = Math.round((fromUs - history.completedUs(pop)) / 1000);
    yield {
      ...{ source: 'consumer', class: 'ack refused', count: 1, time: { fromUs: toUs, toUs } },
      example: `the ack of ${formatTransactionId(ledger.runId, message)}, ${sinceMs} ms after it was popped`,
      isExplained: !(message < ledger.messages && isWronglyRefused(history, pop, evidence)),
      fault: faults.at(fromUs, toUs),
    };
  }
  const accused = {
    'message nobody sent': unexpected,
    'payload altered': altered,
    'answer outside the contract': malformed,
  };
  for (const [name, { count, examples }] of Object.entries(accused)) {
    if (count === 0) continue;
    yield { source: 'consumer', class: name, example: examples[0] ?? '', count, ...UNTIMED, isExplained: false };
  }
}

function* ofLog(
  source: ErrorSource,
  log: LogName,
  evidence: RunEvidence,
  faults: FaultsInForce,
): Generator<JudgedError> {
  for (const { problem, spans } of judgeLines(evidence, log, isAccusable)) {
    const common = { source, class: problem.class, example: problem.example };
    const isExcusable = !matches(problem, OUT_OF_TURN);
    let untimed = problem.count;
    for (const { fromUs, toUs, count, excused, fault } of spans) {
      untimed -= count;
      const explained = isExcusable ? excused : 0;
      const time = { fromUs, toUs };
      if (explained > 0) yield { ...common, count: explained, time, isExplained: true, fault };
      if (explained < count) {
        const inForce = faults.at(fromUs, toUs);
        yield { ...common, count: count - explained, time, isExplained: false, fault: inForce };
      }
    }
    if (untimed > 0) yield { ...common, count: untimed, ...UNTIMED, isExplained: false };
  }
}

function isAccusable(problem: LogProblem): boolean {
  return isError(problem) || matches(problem, OUT_OF_TURN) || matches(problem, TOO_MANY_CONNECTIONS);
}
