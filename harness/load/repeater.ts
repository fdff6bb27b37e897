import { Pool } from 'undici';
import { OUTCOME_CODE } from '../history/item-outcome.ts';
import type { Ledger } from '../history/ledger.ts';
import { Repeats } from '../history/repeats.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import type { Route } from '../scenario/load-group.ts';
import { PUSH_PATH } from '../target/wire.ts';
import { type ErrorTally, momentOf } from './error-tally.ts';
import { answerTo, type HttpAnswer } from './http-answer.ts';
import { judgeReply } from './judge-reply.ts';
import type { LoadOrder } from './load-outcome.ts';
import type { PushBody } from './push-body.ts';

/** When a request is sent again: while the first is on its way, directly after its answer, or when a client's patience ends. */
const MOMENTS = ['beside', 'after', 'later'] as const;

interface PlannedRepeat {
  readonly request: number;
  readonly moment: (typeof MOMENTS)[number];
  readonly route: Route;
}

export interface RepeaterOptions {
  readonly order: LoadOrder;
  /** The requests that are repeated. */
  readonly originals: Ledger;
  readonly writeBody: PushBody;
  readonly errors: ErrorTally;
  /** 0…1, from the seed. */
  readonly random: () => number;
  readonly timeoutMs: number;
  /** Called when the last repeat under way was answered and none is planned. */
  readonly onIdle: () => void;
}

const CONNECTIONS = 32;
const LATER_FROM_MS = 1_000;
const LATER_TO_MS = 2_000;

/**
 * Sends a share of the requests a second time, with the same transaction ids, over connections of its own: at every moment
 * and through both routes, each in turn. A request whose outcome nobody knows is sent again too, as clients do, until it is
 * answered or the load is over.
 */
export class Repeater {
  readonly repeats: Repeats;
  readonly #options: RepeaterOptions;
  readonly #pool: Pool;
  readonly #planned = new Map<number, PlannedRepeat>();
  readonly #timers = new Map<PlannedRepeat, NodeJS.Timeout>();
  #chosen = 0;
  #underWay = 0;
  #hurries = false;

  constructor(options: RepeaterOptions) {
    const { order, timeoutMs } = options;
    this.#options = options;
    this.repeats = new Repeats(order.runId);
    this.#pool = new Pool(order.baseUrl, {
      connections: CONNECTIONS,
      pipelining: 1,
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      connectTimeout: timeoutMs,
    });
  }

  /** True while nothing is under way or planned for later. */
  get isIdle(): boolean {
    return this.#underWay === 0 && this.#timers.size === 0;
  }

  /** A request is about to be sent for the first time: chance decides whether it is repeated. */
  opened(request: number): void {
    const { order, random } = this.#options;
    if (order.load.repeat === 0 || random() >= order.load.repeat) return;
    const planned = this.#plan(request);
    if (planned.moment !== 'beside') {
      this.#planned.set(request, planned);
      return;
    }
    this.#underWay += 1;
    // Not before the first is on its way.
    setImmediate(() => void this.#sendCounted(planned));
  }

  /** A request has come to its end, with or without an answer. */
  completed(request: number): void {
    const { order, originals } = this.#options;
    if (order.load.repeat === 0) return;
    const planned = this.#planned.get(request);
    this.#planned.delete(request);
    if (planned?.moment === 'after') this.#send(planned);
    else if (planned !== undefined) this.#sendLater(planned);
    else if (isIndeterminate(originals, request) && !this.#hurries) this.#sendLater(this.#plan(request));
  }

  /** The load is over: what is planned for later is sent now, and what stays unanswered is not repeated again. */
  hurry(): void {
    this.#hurries = true;
    for (const [planned, timer] of this.#timers) {
      clearTimeout(timer);
      this.#send(planned);
    }
    this.#timers.clear();
  }

  /** Cuts what is under way; its outcome is indeterminate. */
  abandon(): void {
    this.hurry();
    void this.#pool.destroy(new Error('load ended'));
  }

  #plan(request: number): PlannedRepeat {
    const { load, hasBothRoutes } = this.#options.order;
    const turn = this.#chosen;
    this.#chosen += 1;
    const other: Route = load.route === 'push' ? 'push-legacy' : 'push';
    // Three moments and two routes: six turns have all pairs.
    const route = hasBothRoutes && turn % 2 === 1 ? other : load.route;
    return { request, route, moment: MOMENTS[turn % MOMENTS.length] ?? 'later' };
  }

  #sendLater(planned: PlannedRepeat): void {
    if (this.#hurries) {
      this.#send(planned);
      return;
    }
    const afterMs = LATER_FROM_MS + this.#options.random() * (LATER_TO_MS - LATER_FROM_MS);
    const timer = setTimeout(() => {
      this.#timers.delete(planned);
      this.#send(planned);
    }, afterMs);
    this.#timers.set(planned, timer);
  }

  #send(planned: PlannedRepeat): void {
    this.#underWay += 1;
    void this.#sendCounted(planned);
  }

  async #sendCounted({ request, route }: PlannedRepeat): Promise<void> {
    const { originals, writeBody } = this.#options;
    const firstNumber = originals.firstMessage(request);
    const messages = originals.firstMessage(request + 1) - firstNumber;
    const partition = originals.partition(request);
    const repeat = this.repeats.open(request, route === 'push-legacy', {
      ...{ producer: originals.producer(request), partition, messages },
      invokedUs: monotonicUs(),
    });
    const answer = await answerTo(this.#pool, PUSH_PATH[route], writeBody(partition, firstNumber, messages));
    this.#judge(repeat, firstNumber, answer);
    this.#underWay -= 1;
    if (isIndeterminate(this.repeats.ledger, repeat) && !this.#hurries) this.#sendLater(this.#plan(request));
    if (this.isIdle) this.#options.onIdle();
  }

  #judge(repeat: number, firstNumber: number, { httpStatus, text, neverSent }: HttpAnswer): void {
    const { ledger } = this.repeats;
    const { errors, order } = this.#options;
    ledger.complete(repeat, monotonicUs(), httpStatus);
    if (httpStatus !== 0) {
      judgeReply({ ledger, request: repeat, firstNumber }, { httpStatus, body: text }, errors);
      return;
    }
    const outcome = neverSent ? 'rejected' : 'indeterminate';
    ledger.setOutcomes(repeat, outcome);
    const errorClass = `${neverSent ? 'connect' : 'socket'} ${text}`;
    errors.add(errorClass, `a repeated request to ${order.baseUrl}`, momentOf(ledger, repeat, outcome));
  }
}

function isIndeterminate(ledger: Ledger, request: number): boolean {
  return ledger.outcomeCode(ledger.firstMessage(request)) === OUTCOME_CODE.indeterminate;
}
