import type { GateRule } from './decision.ts';
import type { MetricSamples } from './metric-samples.ts';

/** Throws RangeError for a rule that could not keep its word. */
export function checkRule(rule: GateRule): void {
  const { margin, tolerated, costMargin, costTolerated, looks } = rule;
  demand(
    0 <= margin && margin < tolerated && tolerated < 1,
    `margin ${margin} must be below tolerated ${tolerated} < 1`,
  );
  demand(0 <= costMargin && costMargin < costTolerated, `costMargin ${costMargin} must be below ${costTolerated}`);
  demand(
    looks.length > 0 && looks.every((blocks, i) => Number.isInteger(blocks) && blocks > (looks[i - 1] ?? 2)),
    `looks must be ascending whole numbers from 3, got ${looks.join(', ')}`,
  );
  for (const key of ['falseAlarm', 'confirmationLevel', 'missedLoss'] as const) {
    demand(0 < rule[key] && rule[key] < 0.5, `${key} must be between 0 and 0.5, got ${rule[key]}`);
  }
  demand(
    rule.falseAlarm <= rule.confirmationLevel / 2,
    `falseAlarm ${rule.falseAlarm} must be at most half of confirmationLevel ${rule.confirmationLevel}`,
  );
  demand(
    Number.isInteger(rule.confirmationBlocks) && rule.confirmationBlocks >= 3,
    `confirmationBlocks must be a whole number from 3, got ${rule.confirmationBlocks}`,
  );
}

/** Throws RangeError for a metric that was handed over twice: it would be judged twice, at the levels of two. */
export function checkSamples(samples: readonly MetricSamples[]): void {
  const seen = new Set<string>();
  for (const { arm, metric } of samples) {
    const key = JSON.stringify([arm, metric.name]);
    demand(!seen.has(key), `${arm}: ${metric.name} was handed over twice`);
    seen.add(key);
  }
}

function demand(holds: boolean, message: string): void {
  if (!holds) throw new RangeError(message);
}
