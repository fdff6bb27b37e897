import { ERROR_SOURCES, type ErrorSource } from '../checkers/judged-errors.ts';
import { kindOfError } from './error-kind.ts';
import type { ErrorClassRecord, ErrorMomentRecord } from './error-record.ts';
import { faultFigures } from './fault-figure.ts';
import { formatCount } from './figure-format.ts';
import type { ArmResult, Result } from './result.ts';
import type { VerdictSign } from './verdict-sign.ts';

/** Errors of one class of one arm. */
export interface ArmError {
  readonly arm: ArmResult;
  readonly error: ErrorClassRecord;
}

/** Errors of all arms: those that nothing explains first, then those of which it is not known, then the most frequent. */
export function armErrorList({ arms }: Pick<Result, 'arms'>): readonly ArmError[] {
  const rank = ({ expected }: ErrorClassRecord) => (expected === false ? 0 : expected === null ? 1 : 2);
  return arms
    .flatMap((arm) => errorsOfArm(arm).map((error) => ({ arm, error })))
    .sort(({ error: a }, { error: b }) => rank(a) - rank(b) || b.unexplained - a.unexplained || b.count - a.count);
}

/** A result of before has the producers' errors alone, and nobody had judged them. */
function errorsOfArm({ errorReport, errors }: ArmResult): readonly ErrorClassRecord[] {
  if (errorReport !== undefined) return errorReport.classes;
  return errors.map(({ class: name, count, example = '' }) => ({
    ...{ source: 'producer', kind: kindOfError('producer', name), class: name, count, unexplained: 0, expected: null },
    ...{ first: null, last: null, firstUnexplained: null, example, inFaults: [], outside: 0, untimed: count },
    overTime: [],
  }));
}

/** All errors in one sentence: how many, and how many of them something explains. */
export function errorSentence(list: readonly ArmError[]): string {
  const total = (count: (error: ErrorClassRecord) => number) => list.reduce((sum, { error }) => sum + count(error), 0);
  const all = total(({ count }) => count);
  if (all === 0) return 'No errors.';
  const unexplained = total((error) => error.unexplained);
  const unknown = total(({ expected, count }) => (expected === null ? count : 0));
  const told = `${countOf(all, 'error', 'errors')} of ${countOf(classesOf(list), 'class', 'classes')}`;
  if (unexplained > 0) {
    const accused = classesOf(list.filter(({ error }) => error.expected === false));
    const rest = all === unexplained ? '' : `, among ${formatCount(all)} in all`;
    return `${countOf(unexplained, 'error', 'errors')} of ${countOf(accused, 'class', 'classes')} that nothing explains${rest}.`;
  }
  if (unknown > 0)
    return `${told}; of ${formatCount(unknown)} of them nobody can tell whether something explains them.`;
  const inFaults = total(({ inFaults: of }) => of.reduce((sum, { count }) => sum + count, 0));
  return inFaults === all
    ? `${told}; all in the window of a fault that explains them.`
    : `${told}; all are explained, ${formatCount(inFaults)} of them by a fault.`;
}

function classesOf(list: readonly ArmError[]): number {
  return new Set(list.map(({ error }) => `${error.source} ${error.class}`)).size;
}

function countOf(count: number, one: string, many: string): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Who was asked for errors, and who could not be; empty for a result of before. */
export function lookedSentence({ arms }: Pick<Result, 'arms'>): string {
  const sources = arms.flatMap(({ errorReport }) => errorReport?.sources ?? []);
  if (sources.length === 0) return '';
  const missing = new Map(
    sources.flatMap(({ source, missing: why }) => (why === null ? [] : [[source, why] as const])),
  );
  const looked = ERROR_SOURCES.filter((source) => !missing.has(source)).map((source) => PLACES[source]);
  const absent = [...missing].map(([source, why]) => `${PLACES[source]} (${why})`);
  return [
    `Looked at: ${looked.join(', ')}.`,
    ...(absent.length === 0 ? [] : [`Not looked at: ${absent.join(', ')}.`]),
  ].join(' ');
}

const PLACES: Readonly<Record<ErrorSource, string>> = Object.freeze({
  producer: 'what producers were answered',
  consumer: 'what consumers were answered',
  'server log': "the server's log",
  'PostgreSQL log': "PostgreSQL's log",
});

/** Whether errors of a class are explained. */
export function signOfError({ expected, unexplained, count }: ErrorClassRecord): VerdictSign {
  if (expected === true) return { symbol: '✓', word: 'explained', tone: 'good' };
  if (expected === null) return { symbol: '?', word: 'not known', tone: 'warn' };
  const some = unexplained < count ? `${formatCount(unexplained)} of ${formatCount(count)} ` : '';
  return { symbol: '✗', word: `${some}unexplained`, tone: 'bad' };
}

/** `2.1 s` since the measured window began, with the round where an arm has several; `–` when nobody knows. */
export function momentText(moment: ErrorMomentRecord | null, { rounds }: Pick<ArmResult, 'rounds'>): string {
  if (moment === null) return '–';
  const seconds = `${(moment.atMs / 1000).toFixed(1).replace('-', '−')} s`;
  return rounds > 1 ? `round ${moment.round}, ${seconds}` : seconds;
}

/** Errors of one arm by who saw them. */
export interface ErrorsBySource {
  readonly arm: string;
  /** In the order of ERROR_SOURCES; undefined where nobody looked. */
  readonly counts: readonly (number | undefined)[];
  readonly all: number;
  readonly unexplained: number;
}

export function errorsBySource({ arms }: Pick<Result, 'arms'>): readonly ErrorsBySource[] {
  return arms
    .filter(({ refused }) => refused === null)
    .map((arm) => {
      const errors = errorsOfArm(arm);
      const total = (count: (error: ErrorClassRecord) => number) =>
        errors.reduce((sum, error) => sum + count(error), 0);
      const wasMissed = (source: ErrorSource) =>
        arm.errorReport === undefined
          ? source !== 'producer'
          : arm.errorReport.sources.some((one) => one.source === source && one.missing !== null);
      return {
        arm: arm.name,
        counts: ERROR_SOURCES.map((source) =>
          wasMissed(source) ? undefined : total((error) => (error.source === source ? error.count : 0)),
        ),
        all: total(({ count }) => count),
        unexplained: total(({ unexplained }) => unexplained),
      };
    });
}

/** Errors in the window of one fault, or outside of all; all of it text but the count. */
export interface ErrorsByFault {
  readonly arm: string;
  readonly round: string;
  readonly fault: string;
  readonly when: string;
  readonly count: number;
  /** The most frequent classes. */
  readonly classes: string;
}

const SHOWN_CLASSES = 3;

/** For every fault what errors there were until 10 s after it was healed; none for an arm without faults. */
export function errorsByFault({ arms }: Pick<Result, 'arms'>): readonly ErrorsByFault[] {
  return arms.flatMap((arm) => {
    if ((arm.faults ?? []).length === 0) return [];
    const errors = errorsOfArm(arm);
    const row = (
      place: Pick<ErrorsByFault, 'round' | 'fault' | 'when'>,
      countIn: (error: ErrorClassRecord) => number,
    ) => {
      const counted = errors
        .map((error) => ({ name: `${error.source}: ${error.class}`, count: countIn(error) }))
        .filter(({ count }) => count > 0)
        .sort((a, b) => b.count - a.count);
      const shown = counted.slice(0, SHOWN_CLASSES).map(({ name, count }) => `${formatCount(count)} × ${name}`);
      const hidden = counted.length - shown.length;
      const classes = [...shown, ...(hidden > 0 ? [`${hidden} more`] : [])].join('; ');
      return { arm: arm.name, ...place, count: counted.reduce((sum, { count }) => sum + count, 0), classes };
    };
    const ofFaults = faultFigures({ arms: [arm] }).map(({ round, fault, when, outcome }, index) =>
      row({ round: String(round), fault, when: outcome === 'impossible' ? 'never' : when }, ({ inFaults }) =>
        inFaults.reduce((sum, one) => (one.fault === index ? sum + one.count : sum), 0),
      ),
    );
    const outside = row({ round: 'all', fault: 'outside of all', when: '–' }, (error) => error.outside);
    const untimed = row({ round: 'all', fault: 'at a time not known', when: '–' }, (error) => error.untimed);
    return [...ofFaults, outside, ...(untimed.count > 0 ? [untimed] : [])];
  });
}
