import { Ledger } from '../history/ledger.ts';
import { judgeReply } from './judge-reply.ts';

/** What a load keeps of its pushes: where intent and outcome go, and how a reply becomes an outcome. */
export interface PushRecording {
  readonly ledger: Ledger;
  /** Takes down the outcome of every message of a request; answers how many were acknowledged. */
  readonly judge: typeof judgeReply;
}

/** The whole history of the pushes of one run. */
export function recordPushes(runId: string): PushRecording {
  return { ledger: new Ledger(runId), judge: judgeReply };
}
