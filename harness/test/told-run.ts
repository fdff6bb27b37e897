import { ConsumerHistory } from '../history/consumer-history.ts';
import type { DeadLetters } from '../history/dead-letters.ts';
import type { Consumption, RunEvidence } from '../history/evidence.ts';
import type { ItemOutcome } from '../history/item-outcome.ts';
import { Ledger, type RequestIntent } from '../history/ledger.ts';
import { Repeats } from '../history/repeats.ts';
import type { Settlement, SettleOutcome } from '../history/settlement.ts';
import { evidence, messageId, type Story } from './checkers-evidence.ts';

/** From and to, in milliseconds since the run began. */
export type Span = readonly [fromMs: number, toMs: number];

/** A push of messages that are numbered through all pushes; one message that is `queued` unless told otherwise. */
export interface ToldPush {
  readonly at: Span;
  readonly partition?: number;
  /** One for each message, or one for all. */
  readonly answers?: ItemOutcome | readonly ItemOutcome[];
  readonly messages?: number;
}

/** A push sent again, whole. */
export interface ToldRepeat extends Omit<ToldPush, 'partition' | 'messages'> {
  /** Number of the push, from 0. */
  readonly of: number;
  readonly legacy?: boolean;
}

/** A pop with its messages; with autoAck unless it is settled otherwise. */
export interface ToldPop {
  readonly at: Span;
  readonly brings: readonly number[];
  readonly partition?: number;
  readonly group?: number;
  readonly lease?: string;
  readonly settled?: { readonly as: Settlement; readonly at?: Span; readonly outcome?: SettleOutcome };
  readonly httpStatus?: number;
}

export interface ToldRun {
  readonly pushes: readonly ToldPush[];
  readonly repeats?: readonly ToldRepeat[];
  readonly pops: readonly ToldPop[];
  readonly groups?: readonly string[];
  readonly drained?: Consumption['drained'];
  /** Whatever else is to be as the test wants it. */
  readonly more?: Partial<RunEvidence>;
}

/** A time of the told run on the clock of the histories, on which 0 means never. */
export function us(ms: number): number {
  return 1_000_000 + ms * 1_000;
}

const NOTHING = { count: 0, examples: [] };

/** The lease of told runs. */
export const LEASE_MS = 10_000;

/** The evidence of a run as it is told: what was acknowledged has a row, there are no dead letters, the drain was complete. */
export function toldRun({ pushes, repeats = [], pops, groups = [''], drained, more }: ToldRun): RunEvidence {
  const runId = 'r1';
  const ledger = new Ledger(runId);
  const again = new Repeats(runId);
  for (const push of pushes) tell(ledger, push, (intent) => ledger.open(intent), push.messages);
  for (const repeat of repeats) {
    const messages = ledger.firstMessage(repeat.of + 1) - ledger.firstMessage(repeat.of);
    tell(again.ledger, repeat, (intent) => again.open(repeat.of, repeat.legacy ?? false, intent), messages);
  }
  const stored = new Uint8Array(ledger.messages).fill(1);
  return evidence(
    {
      repeats: again,
      consumption: toldConsumption(pops, groups, drained),
      promises: { partitions: 4, leaseMs: LEASE_MS, retryLimit: 3, encrypted: false, faults: [] },
      deadLetters: toldDeadLetters(ledger.messages, []),
      ...more,
    },
    { ledger, stored: [...stored], delivered: [] },
  );
}

/** The dead letters of a run, one for each of these messages. */
export function toldDeadLetters(messages: number, dead: readonly number[]): DeadLetters {
  const countByMessage = new Uint8Array(messages);
  for (const message of dead) countByMessage[message] = 1;
  return {
    total: dead.length,
    countByMessage,
    groups: [''],
    message: Uint32Array.from(dead),
    group: new Uint8Array(dead.length),
  };
}

/** What consumers saw, as it is told. */
export function toldConsumption(
  pops: readonly ToldPop[],
  groups: readonly string[] = [''],
  drained: Consumption['drained'] = groups.map(() => true),
): Consumption {
  const history = new ConsumerHistory(groups);
  for (const [consumer, pop] of pops.entries()) tellPop(history, consumer, pop);
  return { history, drained, unexpected: NOTHING, altered: NOTHING, malformed: NOTHING };
}

/** What one group saw of a story, with autoAck: what comes once in a first pop, what comes again in the next. */
export function received({ delivered }: Story, more: Partial<Consumption> = {}): Consumption {
  const most = delivered.reduce((most, count) => Math.max(most, count), 0);
  const pops = Array.from({ length: most }, (_, nth): ToldPop => {
    const brings = delivered.flatMap((count, message) => (count > nth ? [message] : []));
    return { at: [nth * 10, nth * 10 + 5], brings, partition: 3 };
  });
  return { ...toldConsumption(pops), ...more };
}

function tell(
  ledger: Ledger,
  { at: [fromMs, toMs], answers = 'queued', ...push }: ToldPush,
  open: (intent: RequestIntent) => number,
  messages = typeof answers === 'string' ? 1 : answers.length,
): void {
  const request = open({ producer: 0, partition: push.partition ?? 0, messages, invokedUs: us(fromMs) });
  for (let nth = 0; nth < messages; nth += 1) {
    const message = ledger.firstMessage(request) + nth;
    const answer = typeof answers === 'string' ? answers : (answers[nth] ?? 'queued');
    ledger.setOutcome(message, answer);
    if (answer === 'queued' || answer === 'duplicate') ledger.setMessageId(message, messageId(message));
  }
  ledger.complete(request, us(toMs), 201);
}

const OUTCOME_OF: Readonly<Record<Settlement, SettleOutcome>> = {
  none: 'unsettled',
  autoAck: 'completed',
  ack: 'completed',
  nack: 'failed',
  expire: 'unsettled',
  crash: 'unsettled',
};

function tellPop(history: ConsumerHistory, consumer: number, told: ToldPop): void {
  const { at, brings, settled = { as: 'autoAck' } } = told;
  const pop = history.openPop({ consumer, group: told.group ?? 0, invokedUs: us(at[0]) });
  history.completePop(pop, {
    completedUs: us(at[1]),
    httpStatus: told.httpStatus ?? (brings.length > 0 ? 200 : 204),
    leaseId: told.lease ?? (settled.as === 'autoAck' || brings.length === 0 ? null : `lease ${consumer}`),
  });
  const first = history.deliveries;
  for (const message of brings) history.deliver(pop, message, told.partition ?? 0);
  history.openSettlement(pop, settled.as, us(settled.at?.[0] ?? at[1]));
  if (settled.at !== undefined) history.completeSettlement(pop, us(settled.at[1]), 200);
  const outcome = settled.outcome ?? OUTCOME_OF[settled.as];
  for (let delivery = first; delivery < history.deliveries; delivery += 1) history.setOutcome(delivery, outcome);
}

/** A pop whose messages are acknowledged right after it. */
export function acked(at: Span, brings: readonly number[], more: Partial<ToldPop> = {}): ToldPop {
  return { at, brings, settled: { as: 'ack', at: [at[1] + 1, at[1] + 2] }, ...more };
}

/** A pop whose messages are reported as failed right after it. */
export function nacked(at: Span, brings: readonly number[], more: Partial<ToldPop> = {}): ToldPop {
  return { at, brings, settled: { as: 'nack', at: [at[1] + 1, at[1] + 2] }, ...more };
}

/** A pop whose lease is left to run out. */
export function expired(at: Span, brings: readonly number[], more: Partial<ToldPop> = {}): ToldPop {
  return { at, brings, settled: { as: 'expire' }, ...more };
}
