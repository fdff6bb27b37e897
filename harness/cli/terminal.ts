import { ceilingOfArm, provenArms } from '../report/arm-figure.ts';
import { sharedParameters } from '../report/arm-parameters.ts';
import { costSentence } from '../report/cost-figure.ts';
import { faultFigures } from '../report/fault-figure.ts';
import { formatDuration, formatRate, formatRatio } from '../report/figure-format.ts';
import { openLoopFigures } from '../report/open-loop-figure.ts';
import { popAckFigures } from '../report/pop-ack-figure.ts';
import { printable } from '../report/printable.ts';
import { intervalOfRatio, titleOfRatio } from '../report/ratio-title.ts';
import type { Result } from '../report/result.ts';
import { saturationFigures } from '../report/saturation-figure.ts';
import { steadinessFigures } from '../report/steadiness-figure.ts';
import { stalls } from '../report/system-figure.ts';
import { signOfExpectation, signOfResult, signOfVerdict } from '../report/verdict-sign.ts';
import { renderArmTable } from './arm-table.ts';
import { unexplainedErrors } from './error-lines.ts';
import { nextStep } from './next-step.ts';
import { levelLines } from './saturation-lines.ts';
import { type Emphasis, emphasise } from './terminal-style.ts';
import { textWidth, wrapText } from './text-width.ts';

export interface SummaryOptions {
  /** Decided by the caller: false for NO_COLOR, CI or an output that is no terminal. */
  readonly colour: boolean;
  /** Columns of the terminal; at most 100 are used, and not less than 72. */
  readonly width: number;
  /** The report's folder as it is shown to the user. */
  readonly folder: string;
}

const MAX_WIDTH = 100;
const MIN_WIDTH = 72;
const INDENT = 2;
/** The whole list is in the report; a screen shows the first. */
const SHOWN_CHECKS = 6;
const SHOWN_RATIOS = 12;
const SHOWN_FAULTS = 6;

/** One paragraph: lines that stand together, with a blank line before the next. */
type Paragraph = readonly string[];

/**
 * The end of a run as text for a terminal, without a line break at its end: the table of arms, ratios, ceiling, checks that
 * are not valid, expectations, the verdict, where the report is and, unless all is well, what to do next.
 */
export function renderSummary(result: Result, options: SummaryOptions): string {
  const width = Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, options.width));
  const page = new Page(width, options.colour);
  const paragraphs: readonly Paragraph[] = [
    [...page.wrap(result.question, 'strong'), ...sharedLines(result, page)],
    result.arms.length === 0 ? [] : renderArmTable(result, { width, colour: options.colour }).split('\n'),
    refusalLines(result, page),
    steadinessLines(result, page),
    ratioLines(result, page),
    openLoopLines(result, page),
    saturationLines(result, page),
    popAckLines(result, page),
    faultLines(result, page),
    limitLines(result, page),
    stalls(result).flatMap((text) => page.signed('!', 'warn', text)),
    unexplainedErrors(result).flatMap((text) => page.signed('✗', 'bad', text)),
    checkLines(result, page),
    expectationLines(result, page),
    verdictLines(result, page),
    [`report  ${options.folder}/report.html`],
    nextLines(result, options.folder, page),
  ];
  return paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

/** Wraps first and colours after, so that no escape sequence is ever cut or counted. */
class Page {
  readonly #width: number;
  readonly #colour: boolean;

  constructor(width: number, colour: boolean) {
    this.#width = width;
    this.#colour = colour;
  }

  wrap(text: string, emphasis?: Emphasis, indent = 0): readonly string[] {
    const lines = wrapText(printable(text), this.#width - indent, 0).map((line) => ' '.repeat(indent) + line);
    return emphasis === undefined ? lines : lines.map((line) => this.paint(line, emphasis));
  }

  /** A sign in its colour, then text; further lines stand under the text. */
  signed(symbol: string, emphasis: Emphasis, text: string): readonly string[] {
    const indent = textWidth(symbol) + 1;
    const [first = '', ...others] = wrapText(printable(text), this.#width - indent, 0);
    return [`${this.paint(symbol, emphasis)} ${first}`, ...others.map((line) => ' '.repeat(indent) + line)];
  }

  paint(text: string, emphasis: Emphasis): string {
    return emphasise(text, emphasis, this.#colour);
  }
}

function sharedLines({ arms, environment }: Result, page: Page): Paragraph {
  const shared = sharedParameters(arms).map(({ label, value }) => `${label}=${value}`);
  const target = environment.target === undefined ? [] : [`target ${environment.target}`];
  const version = /^PostgreSQL \S+/.exec(environment.postgres)?.[0] ?? environment.postgres;
  const database =
    environment.maxConnections === null
      ? environment.postgres
      : `${version} (${environment.provider}), max_connections ${environment.maxConnections}`;
  return page.wrap([...target, database, ...shared].join(' · '), 'quiet');
}

function refusalLines({ arms }: Result, page: Page): Paragraph {
  return arms.flatMap(({ name, refused }) =>
    refused === null ? [] : page.signed('–', 'warn', `${name} was refused by the server: ${refused}`),
  );
}

function ratioLines({ ratios, arms }: Result, page: Page): Paragraph {
  const shown = ratios.slice(0, SHOWN_RATIOS).flatMap((ratio) => {
    const { pair, context } = titleOfRatio(ratio);
    const metric = ratio.metric === 'throughput' ? '' : `  ${ratio.metric}`;
    const figure = `${formatRatio(ratio.median)}× ${intervalOfRatio(ratio, arms) ?? '(one round)'}`;
    return page.wrap(`${pair}${metric}  ${figure}${context === '' ? '' : `  ${context}`}`);
  });
  return ratios.length > SHOWN_RATIOS
    ? [...shown, page.paint(`and ${ratios.length - SHOWN_RATIOS} more ratios in the report`, 'quiet')]
    : shown;
}

function steadinessLines(result: Result, page: Page): Paragraph {
  return steadinessFigures(result).flatMap(({ arm, verdict, told, clause }) =>
    verdict === 'unsteady' ? page.wrap(`${arm}: ${told}: ${clause}`, 'warn') : [],
  );
}

function saturationLines(result: Result, page: Page): Paragraph {
  return saturationFigures(result).flatMap((figure) => [
    ...page.wrap(`${figure.arm} ${figure.clause}`),
    ...levelLines(figure).map((line, index) => ' '.repeat(INDENT) + (index === 0 ? page.paint(line, 'quiet') : line)),
  ]);
}

function openLoopLines(result: Result, page: Page): Paragraph {
  return openLoopFigures(result).flatMap(({ arm, offered, achieved, sendLagMs, late, unacknowledged }) => {
    const missing = unacknowledged === '0' ? '' : `, ${unacknowledged} never acknowledged and without a latency`;
    return page.wrap(
      `${arm}  ${achieved} of ${offered} requests/s, p50 / p99 of the send lag ${sendLagMs} ms, ${late} late${missing}`,
    );
  });
}

function popAckLines(result: Result, page: Page): Paragraph {
  return popAckFigures(result).flatMap((figure) => {
    const { arm, consumers, throughput, interval, shareOfPush, popMs, ackMs, consumersBusy } = figure;
    const how = `consumers × batch ${consumers}, p50 / p99 of a pop ${popMs} ms, of an ack ${ackMs} ms, consumers ${consumersBusy} busy`;
    return [
      ...page.wrap(`${arm}  pop+ack ${throughput} msg/s ${interval}, ${shareOfPush} of its push rate`),
      ...page.wrap(how, 'quiet', INDENT),
    ];
  });
}

function faultLines(result: Result, page: Page): Paragraph {
  const figures = faultFigures(result);
  const shown = figures.slice(0, SHOWN_FAULTS).flatMap(({ arm, round, fault, when, outcome, detail }) => {
    const what = outcome === 'injected' ? '' : `: ${outcome}: ${detail}`;
    return page.wrap(`${arm}, round ${round}  ${fault} at ${when}${what}`, outcome === 'injected' ? 'quiet' : 'warn');
  });
  const hidden = figures.length - SHOWN_FAULTS;
  return hidden > 0 ? [...shown, page.paint(`and ${hidden} more faults in the report`, 'quiet')] : shown;
}

function limitLines(result: Result, page: Page): Paragraph {
  return provenArms(result).flatMap(({ arm }) => {
    const ceiling = ceilingOfArm(arm, result.ceilings);
    const of =
      ceiling === undefined
        ? ''
        : ` (${formatRate(ceiling.throughputMsgPerS.median)} msg/s, one transaction for every ${ceiling.batch})`;
    const reach =
      arm.ceilingFraction === null
        ? []
        : page.wrap(`${arm.name} reaches ${formatRatio(arm.ceilingFraction)} of what plain SQL does here${of}`);
    const who = reach.length === 0 ? `${arm.name}: ` : '';
    const limit = arm.bottleneck === null ? [] : page.wrap(`${who}limited by ${arm.bottleneck}`, 'quiet', INDENT);
    const cost = costSentence(arm);
    return [...reach, ...limit, ...(cost === undefined ? [] : page.wrap(cost, 'quiet', INDENT))];
  });
}

function checkLines({ checks }: Result, page: Page): Paragraph {
  const notValid = checks.filter(({ verdict }) => verdict !== 'valid');
  const lines = notValid.slice(0, SHOWN_CHECKS).flatMap(({ name, arm, round, verdict, summary, witness }) => {
    const { symbol, word, tone } = signOfVerdict(verdict);
    const facts = witness.flatMap((fact) => page.wrap(fact, 'quiet', INDENT * 2));
    return [...page.signed(symbol, tone, `${name} ${word} (${arm}, round ${round}): ${summary}`), ...facts];
  });
  const hidden = notValid.length - SHOWN_CHECKS;
  return hidden > 0 ? [...lines, page.paint(`and ${hidden} more checks in the report`, 'quiet')] : lines;
}

function expectationLines({ expectations }: Result, page: Page): Paragraph {
  return expectations.flatMap(({ text, met, observed }) => {
    const { symbol, word, tone } = signOfExpectation(met);
    const outcome = met === true ? `observed ${observed}` : `${word}, observed ${observed}`;
    return page.signed(symbol, tone, `expected ${text}: ${outcome}`);
  });
}

function verdictLines(result: Result, page: Page): Paragraph {
  const { symbol, word, tone } = signOfResult(result.verdict);
  const took = `${formatDuration(result.durationMs)}, exit code ${result.exitCode}`;
  const valid = result.checks.filter(({ verdict }) => verdict === 'valid').length;
  return [
    ...page.signed(`${symbol} ${word}:`, tone, `${valid} of ${result.checks.length} checks valid, ${took}`),
    ...page.wrap(result.answer, undefined, INDENT),
    ...result.reasons.flatMap((reason) => page.wrap(`- ${reason}`, undefined, INDENT)),
    ...(result.notes ?? []).flatMap((note) => page.wrap(`note: ${note}`, 'quiet', INDENT)),
  ];
}

function nextLines(result: Result, folder: string, page: Page): Paragraph {
  const step = nextStep(result, folder);
  if (step === undefined) return [];
  return [...page.signed('next', 'strong', step.advice), `     ${printable(step.command)}`];
}
