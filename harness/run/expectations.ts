import type { ArmResult, CheckRecord, Result } from '../report/result.ts';
import { type Expectation, type Operator, parseExpectation, type Term } from '../scenario/expectation.ts';
import type { ScenarioPlan } from '../scenario/scenario.ts';
import { isRate, type Observation, observeMetric, observeRateRatio } from './metric-observation.ts';

type ExpectationRecord = Result['expectations'][number];

/** One side of a comparison, judged: met or not, or not known and why. */
interface Judgement {
  readonly arm: string;
  readonly met: boolean | null;
  readonly observed: string;
}

/**
 * Holds every expectation of the plan against the results. Without an arm's name an expectation is about every arm of the
 * plan, whether it was run or not, but for those that were refused as `refused == 1` expects. `met` is null, which never counts as met, when a figure it needs is missing or not
 * proved; one arm that surely fails it makes it false all the same.
 */
export function evaluateExpectations(
  plan: {
    readonly scenario: Pick<ScenarioPlan['scenario'], 'expect' | 'rounds'>;
    readonly arms: ScenarioPlan['arms'];
  },
  arms: readonly ArmResult[],
  ratios: Result['ratios'],
  checks: readonly CheckRecord[],
): Result['expectations'] {
  const { rounds } = plan.scenario;
  const expectations = plan.scenario.expect.map(parseExpectation);
  const running = plan.arms.map(({ name }) => name).filter((name) => !isRefusedAsExpected(name, expectations, arms));
  return expectations.map((expectation): ExpectationRecord => {
    const { text } = expectation;
    const judgements = subjectsOf(expectation, running).map((subject): Judgement => {
      const observation = observe(expectation, subject, { arms, ratios, checks, rounds });
      if ('missing' in observation) return { arm: subject, met: null, observed: observation.missing };
      const met = compare(observation.value, expectation.operator, expectation.value);
      return { arm: subject, met, observed: figure(observation.value) };
    });
    return { text, ...summary(judgements) };
  });
}

interface Evidence {
  readonly arms: readonly ArmResult[];
  readonly ratios: Result['ratios'];
  readonly checks: readonly CheckRecord[];
  readonly rounds: number;
}

/** The arms an expectation is judged for: once when every term names its arm, otherwise for each arm that is to run. */
function subjectsOf({ term, divisor }: Expectation, running: readonly string[]): readonly string[] {
  const isBound = term.arm !== undefined && (divisor === undefined || divisor.arm !== undefined);
  return isBound ? [term.arm] : running;
}

/** Of a server that did not start, as it should not, nothing else can be expected. */
function isRefusedAsExpected(name: string, expectations: readonly Expectation[], arms: readonly ArmResult[]): boolean {
  const isExpected = expectations.some(
    ({ term, operator, value }) => term.arm === name && term.metric === 'refused' && operator === '==' && value === 1,
  );
  return isExpected && arms.some((arm) => arm.name === name && arm.refused !== null);
}

function observe({ term, divisor }: Expectation, subject: string, evidence: Evidence): Observation {
  const numerator = observeTerm(term, subject, evidence);
  if (divisor === undefined || 'missing' in numerator) return numerator;
  const denominator = observeTerm(divisor, subject, evidence);
  if ('missing' in denominator) return denominator;
  if (isRate(term.metric) && isRate(divisor.metric)) {
    const [above, below] = [
      { arm: term.arm ?? subject, metric: term.metric },
      { arm: divisor.arm ?? subject, metric: divisor.metric },
    ];
    const paired = observeRateRatio(above, below, evidence.arms, evidence.ratios);
    if (paired !== undefined) return paired;
  }
  if (denominator.value === 0) return { missing: `${divisor.arm ?? subject}: ${divisor.metric} is 0, no ratio` };
  return { value: numerator.value / denominator.value };
}

function observeTerm({ arm, metric }: Term, subject: string, { arms, checks, rounds }: Evidence): Observation {
  return observeMetric(arm ?? subject, metric, arms, checks, rounds);
}

function compare(left: number, operator: Operator, right: number): boolean {
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
  }
}

/** A failure outranks ignorance, and only the arms that decide are shown. */
function summary(judgements: readonly Judgement[]): Pick<ExpectationRecord, 'met' | 'observed'> {
  const met = judgements.some((judgement) => judgement.met === false)
    ? false
    : judgements.length === 0 || judgements.some((judgement) => judgement.met === null)
      ? null
      : true;
  const deciding = judgements.filter((judgement) => judgement.met === met);
  const values = new Set(deciding.map(({ observed }) => observed));
  if (met === null) return { met, observed: [...values].join('; ') || 'no arm was run' };
  if (judgements.length === 1) return { met, observed: deciding[0]?.observed ?? '' };
  if (met && values.size === 1) return { met, observed: `${[...values].join('')} in all ${judgements.length} arms` };
  return { met, observed: deciding.map(({ arm, observed }) => `${arm}: ${observed}`).join('; ') };
}

function figure(value: number): string {
  return value.toLocaleString('en-GB', { maximumFractionDigits: Math.abs(value) < 100 ? 3 : 0 });
}
