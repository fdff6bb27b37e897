import { formatDuration } from '../report/figure-format.ts';
import type { ArmLoad } from '../scenario/arm-load.ts';
import { type DefectsPlan, NO_DEFECT } from '../scenario/plan-defects.ts';
import type { Arm, ScenarioPlan } from '../scenario/scenario.ts';
import { slicesOf } from '../scenario/slices-of.ts';
import {
  budgetTogether,
  type ConnectionRoom,
  connectionOutlook,
  connectionRoom,
} from '../target/connection-outlook.ts';
import { alignRows } from './aligned-rows.ts';
import { truncateText, wrapText } from './text-width.ts';

const MAX_WIDTH = 100;
const INDENT = '  ';
const LONGEST_NAME = 40;

export interface DryRunOptions {
  /** Columns of the terminal; at most 100 are used. */
  readonly width: number;
  /** The server runs already: what it asks of its database is its own affair. */
  readonly isTarget: boolean;
}

/**
 * What --dry-run prints, without a line break at its end: the arms, what each asks of the database, the order of the runs and
 * the time all will take.
 */
export function renderPlan(plan: ScenarioPlan, { width, isTarget }: DryRunOptions): string {
  const columns = Math.min(MAX_WIDTH, width);
  const { arms, scenario, runs } = plan;
  const slices = slicesOf(plan, isTarget);
  const covered =
    scenario.cover === 'pairwise'
      ? [`${arms.length} of ${plan.combinations} combinations, with every pair of values (cover: pairwise)`]
      : [];
  const paragraphs = [
    wrapText(`${plan.name}: ${scenario.question}`, columns, 2),
    ['arms', ...arms.flatMap((arm) => wrapped(`${arm.name}: ${describeArm(arm)}`, columns)), ...covered.map(indented)],
    isTarget ? [] : connectionLines(arms, slices, columns),
    ['order of the runs', ...orderOf(plan, slices).flatMap((line) => wrapped(line, columns))],
    [`${runs.length} runs, about ${formatDuration(plan.estimatedMs)}`],
  ];
  return paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

/** Odd rounds are alike, and so are even ones. */
function orderOf({ runs, scenario: { rounds } }: ScenarioPlan, slices: number): readonly string[] {
  if (slices > 1) return [`in every round all arms side by side, measured in turns, each in ${slices} slices`];
  const shown = [1, 2].filter((round) => round <= rounds);
  const lines = shown.map((round) => {
    const names = runs.filter((run) => run.round === round).map(({ arm }) => arm.name);
    return `round ${round}: ${names.join(' · ')}`;
  });
  return rounds > shown.length ? [...lines, `and so on in turn, to round ${rounds}`] : lines;
}

function describeArm({ server, load, consumers, faults, drain }: Arm): string {
  const kinds = [...new Set(faults.map(({ kind }) => kind))];
  return [
    ...[load.route, `${server.workers} ${server.workers === 1 ? 'worker' : 'workers'}`],
    ...[`${sendersOf(load)} × batch ${load.batch}`, amountOf(load)],
    ...(consumers.count === 0 ? [] : [`${consumers.count * consumers.groups.length} consumers beside`]),
    ...(kinds.length === 0 ? [] : [`faults ${kinds.join(' ')}`]),
    ...(drain.mode === 'ack' ? [`then ${drain.consumers} consumers × batch ${drain.batch}`] : []),
    ...(server.databaseLatencyMs === undefined ? [] : [`database ${server.databaseLatencyMs} ms away`]),
    ...(server.defect === 'none' ? [] : [`with the defect ${server.defect}`]),
  ].join(', ');
}

/** What each arm's server will ask of the database, and whether it will get it. */
function connectionLines(arms: readonly Arm[], slices: number, columns: number): readonly string[] {
  const [first] = arms;
  const room = first === undefined ? undefined : connectionRoom(first.postgres);
  const refusals = arms.flatMap(({ name, server }) => {
    const { refusal } = connectionOutlook(server, room);
    return refusal === undefined ? [] : [`✗ the server of ${name} will refuse to start: ${refusal}`];
  });
  const rows = arms.map(({ name, server }) => {
    const { budget, refusal } = connectionOutlook(server, room);
    const shares = `${budget.async} async + ${budget.regular} regular`;
    const outcome = refusal === undefined ? freeText(budget.total, room) : '✗ refused';
    return [truncateText(name, LONGEST_NAME), String(server.poolSize), `${shares} =`, String(budget.total), outcome];
  });
  const servers = arms.map(({ server }) => server);
  const together = slices > 1 ? [`together ${budgetTogether(servers, room)}: in slices all run at once`] : [];
  const table = alignRows([['arm', 'poolSize', 'budget', '', ''], ...rows], [1, 2, 3]);
  return [
    ...wrapText(`database connections: ${roomText(room)}`, columns, 2),
    ...table.flatMap((line) => [indented(truncateText(line, columns - INDENT.length))]),
    ...[...refusals, ...together].flatMap((text) => wrapped(text, columns)),
  ];
}

function roomText(room: ConnectionRoom | undefined): string {
  if (room === undefined) return 'max_connections is whatever the server behind the URL has (maxConnections: any)';
  const { maxConnections, reserved, usable } = room;
  return `${usable} for the server (max_connections ${maxConnections} − ${reserved} reserved)`;
}

function freeText(total: number, room: ConnectionRoom | undefined): string {
  return room === undefined ? '' : `of ${room.usable}, ${room.usable - total} left`;
}

function indented(line: string): string {
  return INDENT + line;
}

function wrapped(text: string, columns: number): readonly string[] {
  return wrapText(text, columns - INDENT.length, 4).map(indented);
}

function amountOf({ messages, saturation, warmUpMs, durationMs }: ArmLoad): string {
  if (messages !== undefined) return `${messages} messages`;
  if (saturation === undefined) return `${formatDuration(warmUpMs)} warm-up + ${formatDuration(durationMs)}`;
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
  return `${name}: ${question}\n${lines.join('\n')}\n${trials.length} servers, about ${formatDuration(estimatedMs)}`;
}
