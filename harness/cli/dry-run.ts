import { formatDuration } from '../report/figure-format.ts';
import type { ArmLoad } from '../scenario/arm-load.ts';
import { type DefectsPlan, NO_DEFECT } from '../scenario/plan-defects.ts';
import type { ScenarioPlan } from '../scenario/scenario.ts';
import { expectedBudget } from '../target/expected-budget.ts';

/** What --dry-run prints: the runs in their order, what each asks of the database, and the time all will take. */
export function renderPlan(plan: ScenarioPlan): string {
  const lines = plan.runs.map(({ arm, round }, index) => {
    const { server, load, consumers, faults, drain } = arm;
    const { total, async, regular } = expectedBudget(server.poolSize, server.poolMode);
    const beside = consumers.count === 0 ? '' : `${consumers.count * consumers.groups.length} consumers beside, `;
    const broken = faults.length === 0 ? '' : `faults ${[...new Set(faults.map(({ kind }) => kind))].join(' ')}, `;
    const away = server.databaseLatencyMs === undefined ? '' : `, ${server.databaseLatencyMs} ms away`;
    const after = drain.mode === 'ack' ? `then ${drain.consumers} consumers × batch ${drain.batch}, ` : '';
    return (
      `${String(index + 1).padStart(3)}. round ${round}  ${arm.name}: ${load.route}, ${server.workers} workers, ` +
      `${sendersOf(load)} × batch ${load.batch}, ${amountOf(load)}, ${beside}${broken}${after}` +
      `budget ${total} database connections (${async} async + ${regular} regular)${away}`
    );
  });
  const covered =
    plan.scenario.cover === 'pairwise'
      ? [`${plan.arms.length} of ${plan.combinations} combinations, with every pair of values (cover: pairwise)`]
      : [];
  const time = `about ${formatDuration(plan.estimatedMs)}`;
  return [`${plan.name}: ${plan.scenario.question}`, ...lines, ...covered, time, ''].join('\n');
}

function amountOf({ messages, saturation, warmUpMs, durationMs }: ArmLoad): string {
  if (messages !== undefined) return `${messages} messages`;
  if (saturation === undefined) return formatDuration(warmUpMs + durationMs);
  return `steps of ${formatDuration(saturation.stepMs)} and a hold of ${formatDuration(saturation.holdMs)}`;
}

function sendersOf({ model, open, saturation, connections }: ArmLoad): string {
  if (saturation !== undefined && open !== undefined) {
    return `a search from ${saturation.from} requests/s over ${open.connections} connections`;
  }
  if (model !== 'open' || open === undefined) return `${connections} connections`;
  const { rate, to, arrivals, burst } = open;
  const shape = [arrivals === 'even' ? '' : ` ${arrivals}`, burst === 1 ? '' : ` in bursts of ${burst}`].join('');
  return `${rate}${to === undefined ? '' : ` to ${to}`} requests/s${shape} over ${open.connections} connections`;
}

/** What --dry-run prints of defects: each server that is tried, under what, and what must be found of it. */
export function renderDefectsPlan({ name, question, trials, estimatedMs }: DefectsPlan): string {
  const lines = trials.map(({ defect, workload, caughtBy }, index) => {
    const must = caughtBy === undefined ? 'accused by nothing' : `caught by ${caughtBy}`;
    const server = defect === NO_DEFECT ? 'the good server' : defect;
    return `${String(index + 1).padStart(3)}. ${server}: ${workload.title}; must be ${must}`;
  });
  return `${name}: ${question}\n${lines.join('\n')}\nabout ${formatDuration(estimatedMs)}\n`;
}
