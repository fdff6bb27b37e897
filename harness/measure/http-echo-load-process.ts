/** The process of the load on the echo server. Started by http-echo.ts. */
import { serveParent } from '../load/child-task.ts';
import { runClosedLoop } from '../load/closed-loop.ts';
import type { LoadOrder } from '../load/load-outcome.ts';
import { recordEchoes } from './echo-recording.ts';
import type { EchoLoad } from './http-echo.ts';
import { summarizeRun } from './summarize-run.ts';

const BUCKET_MS = 1_000;

serveParent<LoadOrder, never, EchoLoad>(async (order) => {
  const outcome = await runClosedLoop(order, () => undefined, recordEchoes(order.runId));
  const { requestsPerS, attemptedMessages, acknowledgedMessages } = summarizeRun(outcome, BUCKET_MS);
  const problem = outcome.errors[0]?.class;
  const unanswered = attemptedMessages - acknowledgedMessages;
  return { requestsPerS, requests: outcome.ledger.requests, unanswered, problem };
});
