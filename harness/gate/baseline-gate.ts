import { dirname, resolve } from 'node:path';
import type { Progress } from '../cli/progress.ts';
import type { Result } from '../report/result.ts';
import { openReport, pointLatestTo } from '../run/open-report.ts';
import { runScenario } from '../run/run-scenario.ts';
import type { ScenarioPlan } from '../scenario/scenario.ts';
import { type Baseline, FEWEST_RUNS, makeBaseline, saveBaseline } from './baseline.ts';
import { decideAgainstBaseline } from './decide-against-baseline.ts';
import type { GateDecision } from './decision.ts';
import { gateAnswer } from './gate-answer.ts';
import type { GateResult } from './gate-result.ts';
import type { OpenRule } from './gate-rounds.ts';
import { gateOutcome } from './gate-verdict.ts';
import { writeGateReports } from './write-gate-reports.ts';

/** Runs of one scenario that are held against a baseline, or become one. */
export interface BaselineOrder {
  readonly plan: ScenarioPlan;
  readonly rule: OpenRule;
  /** Runs are added for so long; a few are made in any case. */
  readonly minutes: number;
  readonly reportsRoot: string;
  readonly seed: number;
  readonly command: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

const MS_PER_MINUTE = 60_000;
/** More runs than this tell hardly more. */
const MOST_RUNS = 12;
const SEED_STEP = 1000;

/**
 * Runs the scenario as often as the time allows and saves the figures; gives back the file. Throws the CommandError of a run
 * that has no figures, and the signal's reason when it is interrupted: then nothing is saved.
 */
export async function saveRuns(name: string, order: BaselineOrder): Promise<string> {
  const { results } = await runsOf(order);
  order.signal.throwIfAborted();
  return await saveBaseline(makeBaseline(name, results, new Date()));
}

/** Runs the scenario as often as the time allows, holds the runs against a baseline, and writes the reports of a gate. */
export async function gateByBaseline(
  baseline: Baseline,
  order: BaselineOrder,
): Promise<{ readonly result: GateResult; readonly folder: string }> {
  const startedAt = new Date();
  const what = { file: 'scenario.yaml', text: order.plan.resolvedYaml };
  const folder = await openReport(order.reportsRoot, 'gate', startedAt, what);
  const { results, folders } = await runsOf(order);
  order.signal.throwIfAborted();
  const decision = decideAgainstBaseline(results, baseline, { ...order.rule, required: [], minutesPerBlock: null });
  const result = gateResult(baseline, order, { results, folders, decision, startedAt });
  await writeGateReports(folder, result);
  await pointLatestTo(dirname(folder), folder, order.progress);
  return { result, folder };
}

interface Runs {
  readonly results: readonly Result[];
  readonly folders: readonly string[];
}

/** Ends with a run that is not passed: it cannot be compared, and more of its kind would not help. */
async function runsOf({ plan, minutes, signal, ...order }: BaselineOrder): Promise<Runs> {
  const startedMs = performance.now();
  const results: Result[] = [];
  const folders: string[] = [];
  while (results.length < MOST_RUNS && !signal.aborted) {
    const elapsedMs = performance.now() - startedMs;
    const meanMs = elapsedMs / Math.max(1, results.length);
    if (results.length >= FEWEST_RUNS && elapsedMs + meanMs > minutes * MS_PER_MINUTE) break;
    const seed = order.seed + results.length * SEED_STEP;
    const { result, folder } = await runScenario({ ...order, plan, seed, target: undefined, signal });
    results.push(result);
    folders.push(folder);
    order.progress.done(`run ${results.length} of ${plan.name}: ${result.verdict}`);
    if (result.verdict === 'invalid') break;
  }
  return { results, folders };
}

function gateResult(
  baseline: Baseline,
  order: BaselineOrder,
  { results, folders, decision, startedAt }: Runs & { readonly decision: GateDecision; readonly startedAt: Date },
): GateResult {
  const [first] = results;
  if (first === undefined) throw new Error('a gate without runs');
  const invalid = results.find(({ verdict }) => verdict === 'invalid');
  const outcome = gateOutcome({
    isInterrupted: false,
    unproved: undefined,
    decision,
    obstacles: [],
    violation: invalid === undefined ? undefined : `the run of ${invalid.startedAt}: ${invalid.reasons.join('; ')}`,
  });
  const labels = { base: `the baseline ${baseline.name}`, candidate: first.environment.git };
  const { margin, tolerated, costMargin, costTolerated, looks } = order.rule;
  return {
    schemaVersion: 1,
    kind: 'gate',
    verdict: outcome.verdict,
    exitCode: outcome.exitCode,
    answer: gateAnswer(outcome.verdict, labels, decision),
    reasons: [...outcome.reasons],
    notes: folders.map((folder, index) => `run ${index + 1}: ${resolve(folder).split('/').slice(-2).join('/')}`),
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    seed: order.seed,
    command: order.command,
    scenario: order.plan.name,
    base: { label: labels.base, commit: baseline.git, detail: `${baseline.runs} runs, saved ${baseline.savedAt}` },
    candidate: { label: labels.candidate, commit: null, detail: `${results.length} runs` },
    environment: first.environment,
    rule: { margin, tolerated, costMargin, costTolerated, looks: [...looks], minutes: order.minutes },
    metrics: decision.metrics.map((metric) => ({
      ...metric,
      metric: { ...metric.metric },
      base: null,
      candidate: null,
    })),
    ...{ blocks: [], dropped: [], violations: [], samples: [], attribution: null },
  };
}
