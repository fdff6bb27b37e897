import { type AccountingTotals, accountingTotals } from '../accounting-totals.ts';
import { formatCount } from '../figure-format.ts';
import type { ArmResult, Result } from '../result.ts';
import { html, type Markup } from './markup.ts';
import { armClass } from './palette.ts';
import { type Cell, type Column, table } from './table.ts';

/** Counts that accuse when they are not 0; the others only tell. */
const HARMLESS: readonly string[] = ['recovered', 'rejected', 'indeterminate', 'duplicate', 'buffered', 'failed'];

/** With more arms than this the funnels would be a page each; the table has them all. */
const MOST_FUNNELS = 12;

const STAGES = ['attempted', 'acknowledged', 'stored', 'delivered', 'acked'] as const;

/** A count, or why there is none. */
type Stages = Readonly<Record<(typeof STAGES)[number], number | string>>;

/** What became of every message, arm by arm: from the producer's attempt to the consumer's ack. */
export function funnels(result: Result): Markup {
  const totals = accountingTotals(result.checks);
  if (totals.length === 0) return html`<div class="panel"><p>No arm has an accounting check.</p></div>`;
  const columns: readonly Column[] = [
    { title: 'arm', kind: 'text' },
    ...STAGES.map((title) => ({ title, kind: 'number' }) as const),
    { title: 'found', kind: 'wide' },
  ];
  const rows = totals.map((total): readonly Cell[] => {
    const stages = stagesOf(total, result);
    const counts = STAGES.map((stage) => countText(stages[stage]));
    return [total.arm, ...counts, found(total)];
  });
  const figures = table('Messages by stage', columns, rows);
  if (totals.length > MOST_FUNNELS) return html`<div class="panel">${figures}</div>`;
  return html`<ul class="funnels">${totals.map((total) => funnel(total, result))}</ul>
<details class="behind"><summary>Figures behind these funnels</summary><div class="panel">${figures}</div></details>`;
}

function funnel(total: AccountingTotals, result: Result): Markup {
  const colour = Math.max(
    0,
    result.arms.findIndex(({ name }) => name === total.arm),
  );
  const stages = stagesOf(total, result);
  const steps = STAGES.map((stage, index) => step(stages, stage, STAGES[index - 1]));
  return html`<li class="panel funnel ${armClass(colour)}"><h3><span class="swatch" aria-hidden="true"></span><span>${total.arm}</span></h3>
<dl>${steps}</dl><p class="found">${found(total)}</p></li>`;
}

/** A bar for the share of what was attempted, and how much fewer or more than at the step before. */
function step(stages: Stages, stage: keyof Stages, before: keyof Stages | undefined): Markup {
  const count = stages[stage];
  if (typeof count === 'string') {
    return html`<dt>${stage}</dt><dd class="none">${count}</dd>`;
  }
  const share = typeof stages.attempted === 'number' && stages.attempted > 0 ? count / stages.attempted : 0;
  const previous = before === undefined ? undefined : stages[before];
  const change = typeof previous === 'number' && previous !== count ? signed(count - previous) : '';
  return html`<dt>${stage}</dt><dd><span class="stage-bar" aria-hidden="true"><i style="width:${(100 * Math.min(1, share)).toFixed(2)}%"></i></span><b>${formatCount(count)}</b><span class="change">${change}</span></dd>`;
}

function stagesOf({ arm, attempted, acknowledged, stored, delivered }: AccountingTotals, result: Result): Stages {
  const uncounted = 'not counted';
  return {
    attempted: attempted ?? uncounted,
    acknowledged: acknowledged ?? uncounted,
    stored: stored ?? uncounted,
    delivered: delivered ?? uncounted,
    acked: ackedBy(result, arm),
  };
}

/** Messages that a consumer completed; of several groups so many as each completed on average. */
function ackedBy({ arms, checks }: Result, name: string): number | string {
  const own = checks.filter(({ arm }) => arm === name);
  if (!own.some((check) => check.name === 'acks')) return 'no acks: popped with autoAck';
  const completed = own.flatMap((check) => (check.name === 'redelivery' ? [check.counts.completed] : []));
  if (completed.length === 0 || completed.includes(undefined)) return 'not counted';
  const sum = completed.reduce((total: number, count) => total + (count ?? 0), 0);
  return Math.round(sum / groupsOf(arms.find((arm) => arm.name === name)));
}

function groupsOf(arm: ArmResult | undefined): number {
  const groups = arm?.parameters['consumers.groups'];
  return typeof groups === 'number' && groups > 0 ? groups : 1;
}

function countText(count: number | string): string {
  return typeof count === 'number' ? formatCount(count) : '–';
}

function signed(change: number): string {
  return change > 0 ? `+${formatCount(change)}` : `−${formatCount(-change)}`;
}

function found({ others }: AccountingTotals): Markup {
  const parts = Object.entries(others).map(([name, count], index) => {
    const text = `${name} ${formatCount(count)}`;
    const accuses = count > 0 && !HARMLESS.includes(name);
    return html`${index === 0 ? '' : ' · '}${accuses ? html`<b class="bad">${text}</b>` : text}`;
  });
  return html`${parts}`;
}
