import { type GeneratorLoad, generatorLimit } from '../measure/generator-limit.ts';
import { theilSenSlope } from '../measure/theil-sen.ts';
import { formatCount, formatMs, formatRate } from '../report/figure-format.ts';
import type { BacklogSample } from './open-step.ts';

/** What is known of a stretch at one rate when everything that was intended in it is over, or was waited for in vain. */
export interface TriedStep extends GeneratorLoad {
  readonly offeredPerS: number;
  readonly lengthS: number;
  readonly intended: number;
  readonly backlog: readonly BacklogSample[];
  /** It was ended early, because {@link hopelessBacklog} was reached. */
  readonly isCut: boolean;
  /** Everything was over within the grace that follows it. */
  readonly isDrained: boolean;
  /** Requests without an acknowledgement of every message, whenever their end came. */
  readonly failed: number;
  /** From the intended time to the send; 0 when nothing was sent. */
  readonly sendLagP99Us: number;
}

export interface StepVerdict {
  readonly isSustained: boolean;
  /** Undefined for a rate that is sustained. `ended`: the load is over, and nothing more can be tried. */
  readonly limit: 'server' | 'generator' | 'ended' | undefined;
  /** In words, why it is not sustained. */
  readonly reasons: readonly string[];
}

/** Load that may be under way, as the time in which it was offered, and so many requests in any case. */
const MAX_WAITING_S = 0.5;
const MIN_HOPELESS = 10;

/** Growth that counts: of what is offered, and at least as much as is offered in this time, and at least so many requests. */
const GROWTH_SHARE = 0.02;
const GROWTH_S = 0.05;
const GROWTH_REQUESTS = 5;

const SEND_LAG_LIMIT_US = 250_000;

/** Requests under way at which a rate is not sustained whatever comes after; trying on would only take longer to drain. */
export function hopelessBacklog(offeredPerS: number): number {
  return Math.max(MIN_HOPELESS, offeredPerS * MAX_WAITING_S);
}

/**
 * Whether a server kept up with a rate: nothing failed, the backlog does not grow by 2 % of what is offered or more (which is the
 * same as achieving 98 % of it, but does not mistake the requests that are under way at the end of a short stretch for a
 * loss), and no request waited long for its send. Where it did not and the load process itself was at its limit, that is named.
 */
export function judgeStep(step: TriedStep): StepVerdict {
  if (step.intended === 0)
    return { isSustained: false, limit: 'ended', reasons: ['nothing was sent: the load is over'] };
  const reasons = [failureOf(step), growthOf(step), sendLagOf(step)].filter((reason) => reason !== undefined);
  if (!step.isDrained) {
    return {
      isSustained: false,
      limit: 'ended',
      reasons: [...reasons, 'requests were still not answered after the grace'],
    };
  }
  if (reasons.length === 0) return { isSustained: true, limit: undefined, reasons };
  const own = generatorLimit(step);
  return own === undefined
    ? { isSustained: false, limit: 'server', reasons }
    : { isSustained: false, limit: 'generator', reasons: [...reasons, own] };
}

function failureOf({ failed, intended }: TriedStep): string | undefined {
  return failed === 0 ? undefined : `${formatCount(failed)} of ${formatCount(intended)} requests failed`;
}

function growthOf({ backlog, offeredPerS, lengthS, isCut }: TriedStep): string | undefined {
  if (isCut) {
    return `${formatCount(hopelessBacklog(offeredPerS))} requests or more were under way, half a second’s worth`;
  }
  const slope = theilSenSlope(backlog.map((sample) => [sample.atUs / 1_000_000, sample.backlog]));
  const limit = Math.max(GROWTH_SHARE * offeredPerS * lengthS, GROWTH_S * offeredPerS, GROWTH_REQUESTS);
  if (slope * lengthS <= limit) return undefined;
  return `the backlog grew by ${formatRate(slope)} requests/s, ${formatRate((100 * slope) / offeredPerS)} % of what was offered`;
}

function sendLagOf({ sendLagP99Us }: TriedStep): string | undefined {
  if (sendLagP99Us <= SEND_LAG_LIMIT_US) return undefined;
  return `one request in a hundred waited ${formatMs(sendLagP99Us)} ms or more for a free connection`;
}
