import type { FaultResult } from '../result.ts';

/** When a fault was in effect, seconds since the measured window began. */
export interface FaultSpan {
  /** Its kind and, where not all arms had faults, whose it was. */
  readonly label: string;
  readonly fromS: number;
  /** Null for one that was never seen to be healed. */
  readonly toS: number | null;
}

/** A fault that is over at once would not be seen. */
const SHORTEST_MS = 100;

/** Faults that were in effect, each once: rounds that follow the same seeded schedule differ by a blink. */
export function faultSpans(faults: readonly FaultResult[], suffix = ''): readonly FaultSpan[] {
  const spans = faults.flatMap(({ kind, outcome, fromMs, toMs }): readonly FaultSpan[] => {
    if (outcome !== 'injected') return [];
    const toS = toMs === null ? null : tenth(Math.max(toMs, fromMs + SHORTEST_MS));
    return [{ label: `${kind}${suffix}`, fromS: tenth(fromMs), toS }];
  });
  return [...new Map(spans.map((span) => [Object.values(span).join(), span])).values()];
}

function tenth(ms: number): number {
  return Math.round(ms / 100) / 10;
}
