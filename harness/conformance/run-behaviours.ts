import type { Behaviour } from './behaviour.ts';
import { CheckContext } from './check-context.ts';
import { NotOffered, Violation } from './finding-error.ts';
import type { HttpClient } from './http-client.ts';
import type { Finding, Outcome } from './outcome.ts';
import { toCurl } from './sent-request.ts';

export interface RunOptions {
  readonly client: HttpClient;
  /** Begins the name of everything that is made on the target. */
  readonly prefix: string;
  /** Checks under way at once. */
  readonly concurrency: number;
  /** A check that takes longer is given up. */
  readonly checkTimeoutMs: number;
  /** Aborting it ends the checks under way and starts no more. */
  readonly signal: AbortSignal;
  readonly onOutcome: (outcome: Outcome, index: number) => void;
}

/**
 * Checks every behaviour, those marked `alone` at the end and one by one, and removes the queues it made. The outcomes are
 * in the order of the behaviours. It does not throw, whatever the server does.
 */
export async function runBehaviours(behaviours: readonly Behaviour[], options: RunOptions): Promise<Outcome[]> {
  const queues = new Set<string>();
  const outcomes: Outcome[] = [];
  const run = async (index: number): Promise<void> => {
    const behaviour = behaviours[index];
    if (behaviour === undefined || options.signal.aborted) return;
    const outcome = await runOne(behaviour, index, queues, options);
    outcomes[index] = outcome;
    options.onOutcome(outcome, index);
  };
  const order = [...behaviours.keys()];
  const together = order.filter((index) => behaviours[index]?.alone !== true).values();
  const lane = async (): Promise<void> => {
    for (const index of together) await run(index);
  };
  await Promise.all(Array.from({ length: options.concurrency }, lane));
  for (const index of order.filter((other) => behaviours[other]?.alone === true)) await run(index);
  await deleteQueues(queues, options);
  return outcomes.filter((outcome) => outcome !== undefined);
}

async function runOne(
  { section, id, text, check }: Behaviour,
  index: number,
  queues: Set<string>,
  { client, prefix, checkTimeoutMs, signal }: RunOptions,
): Promise<Outcome> {
  const startedAtMs = performance.now();
  const deadline = new AbortController();
  const reason = new Error(`the check did not end within ${checkTimeoutMs / 1000} s`);
  const timer = setTimeout(() => deadline.abort(reason), checkTimeoutMs);
  const context = new CheckContext(client, {
    prefix: `${prefix}-${index}`,
    signal: AbortSignal.any([deadline.signal, signal]),
    queues,
  });
  let finding: Finding = { verdict: 'valid' };
  try {
    await check(context);
  } catch (error) {
    finding = findingOf(error);
  } finally {
    clearTimeout(timer);
  }
  return { section, id, text, durationMs: Math.round(performance.now() - startedAtMs), ...finding };
}

function findingOf(error: unknown): Finding {
  if (error instanceof Violation) {
    const { expected, came, request } = error;
    return { verdict: 'violated', expected, came, curl: request === undefined ? null : toCurl(request) };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { verdict: error instanceof NotOffered ? 'not-offered' : 'unknown', reason };
}

/** Best effort, also after an interruption: the server may not offer it, and a server that answers nothing is not asked a hundred times. */
async function deleteQueues(queues: ReadonlySet<string>, { client, concurrency }: RunOptions): Promise<void> {
  const names = queues.values();
  const lane = async (): Promise<void> => {
    for (const name of names) {
      const path = `/api/v1/resources/queues/${encodeURIComponent(name)}`;
      const reply = await client.send({ method: 'DELETE', path }).catch(() => undefined);
      if (reply === undefined) return;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}
