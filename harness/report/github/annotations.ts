import type { DefectsResult } from '../defects-result.ts';
import type { CheckRecord, Result } from '../result.ts';
import { meaningOfResult } from '../verdict-sign.ts';
import type { Annotation } from './workflow-command.ts';

/**
 * What a workflow run tells of a result: violated checks and unmet expectations as errors, what could not be judged as
 * warnings, and one line for the whole. A check that failed in several rounds is told once.
 */
export function resultAnnotations(result: Result): readonly Annotation[] {
  const { scenario, checks, expectations, arms } = result;
  const byCheck = Map.groupBy(
    checks.filter(({ verdict }) => verdict !== 'valid'),
    ({ name, arm, verdict }) => JSON.stringify([name, arm, verdict]),
  );
  const open = expectations.filter(({ met }) => met !== true);
  return [
    overall(result),
    ...[...byCheck.values()].flatMap((records) => checkAnnotation(scenario, records)),
    ...open.map(
      ({ text, met, observed }): Annotation => ({
        kind: met === false ? 'error' : 'warning',
        title: `${scenario}: ${met === false ? 'not met' : 'not known'}`,
        message: `${text}\nobserved ${observed}`,
      }),
    ),
    ...arms.flatMap(({ name, inconclusive }): readonly Annotation[] =>
      inconclusive === undefined
        ? []
        : [{ kind: 'warning', title: `${scenario}: load generator`, message: `${name}: ${inconclusive}` }],
    ),
  ];
}

function overall({ scenario, verdict, answer, reasons }: Result): Annotation {
  const isError = verdict === 'invalid' || verdict === 'failed';
  const kind = verdict === 'passed' ? 'notice' : isError ? 'error' : 'warning';
  const why = verdict === 'passed' ? [answer] : [meaningOfResult(verdict), ...reasons.slice(0, 1)];
  return { kind, title: `${scenario}: ${verdict}`, message: why.join('\n') };
}

function checkAnnotation(scenario: string, records: readonly CheckRecord[]): readonly Annotation[] {
  const [first] = records;
  if (first === undefined) return [];
  const { name, arm, verdict, summary, witness } = first;
  const rounds = records.map(({ round }) => round).join(', ');
  const where = `${arm}, ${records.length === 1 ? 'round' : 'rounds'} ${rounds}`;
  return [
    {
      kind: verdict === 'invalid' ? 'error' : 'warning',
      title: `${scenario}: ${name} ${verdict}`,
      message: [`${where}: ${summary}`, ...witness.slice(0, 1)].join('\n'),
    },
  ];
}

/** The same of a run of defects: what was missed, and a good server that was accused, are errors. */
export function defectsAnnotations({ scenario, verdict, answer, trials }: DefectsResult): readonly Annotation[] {
  const kind = verdict === 'passed' ? 'notice' : verdict === 'failed' ? 'error' : 'warning';
  const open = trials.filter((trial) => trial.verdict !== 'caught' && trial.verdict !== 'clean');
  return [
    { kind, title: `${scenario}: ${verdict}`, message: answer },
    ...open.map(
      (trial): Annotation => ({
        kind: trial.verdict === 'unknown' ? 'warning' : 'error',
        title: `${scenario}: ${trial.caughtBy === null ? 'the good server' : trial.defect} ${trial.verdict}`,
        message: `${trial.workload}: ${trial.witness}`,
      }),
    ),
  ];
}
