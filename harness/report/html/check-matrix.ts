import { mergeVerdicts } from '../../checkers/verdict.ts';
import type { CheckRecord, Result } from '../result.ts';
import { signOfVerdict, type VerdictSign } from '../verdict-sign.ts';
import { meaningOfCheck } from './check-meaning.ts';
import { html, type Markup } from './markup.ts';
import { armClass } from './palette.ts';

/** Of more arms, or of longer names, not all fit over the columns; numbers do, and a list says whose they are. */
const MOST_NAMED = 6;
const LONGEST_NAME = 28;

/** Id of the place that tells more of a check, by its place among the checks. */
export function checkDetailsId(index: number): string {
  return `check-${index}`;
}

/** Id of a finding, by its place among the checks that are not valid. */
export function findingId(index: number): string {
  return `finding-${index}`;
}

/** The checks that were made, in the order of the result. */
export function checkNames({ checks }: Result): readonly string[] {
  return [...new Set(checks.map(({ name }) => name))];
}

/**
 * A sign for every check and arm, the worst of its rounds; one that is not valid leads to its witness, a check's name to all
 * that it found. A row is no card on a phone: the columns are narrow, and only together do the signs make a picture.
 */
export function checkMatrix(result: Result): Markup {
  const { arms, checks } = result;
  const notValid = checks.filter(({ verdict }) => verdict !== 'valid');
  const head = arms.map(
    ({ name }, index) =>
      html`<th scope="col"><span class="no" aria-hidden="true">${index + 1}</span><span class="name">${name}</span></th>`,
  );
  const rows = checkNames(result).map((name, index) => {
    const cells = arms.map((arm) => {
      const own = checks.filter((check) => check.name === name && check.arm === arm.name);
      return html`<td>${sign(own, notValid)}</td>`;
    });
    return html`<tr><th scope="row"><a href="#${checkDetailsId(index)}">${name}</a><span class="sub">${meaningOfCheck(name)}</span></th>${cells}</tr>`;
  });
  const legend = arms.map(
    ({ name }, index) =>
      html`<li class="${armClass(index)}"><span class="no">${index + 1}</span><span>${name}</span></li>`,
  );
  const isNamed = arms.length <= MOST_NAMED && arms.every(({ name }) => name.length <= LONGEST_NAME);
  return html`<div class="check-matrix${isNamed ? ' named' : ''}">
<ol class="arm-numbers" aria-hidden="true">${legend}</ol>
<div class="scroll"><table aria-label="Verdict of each check by arm">
<thead><tr><th scope="col">check</th>${head}</tr></thead><tbody>${rows}</tbody></table></div></div>`;
}

function sign(own: readonly CheckRecord[], notValid: readonly CheckRecord[]): Markup {
  if (own.length === 0)
    return html`<span class="quiet"><span aria-hidden="true">·</span><span class="unseen">not made</span></span>`;
  const { symbol, word, tone } = signOfVerdict(mergeVerdicts(own.map(({ verdict }) => verdict)));
  const first = notValid.findIndex((check) => own.includes(check));
  if (first === -1) return mark({ symbol, word, tone }, word);
  const amiss = own.filter(({ verdict }) => verdict !== 'valid').length;
  const rounds = own.length === 1 ? word : `${word}: not valid in ${amiss} of ${own.length} rounds`;
  return html`<a href="#${findingId(first)}">${mark({ symbol, word, tone }, rounds)}</a>`;
}

function mark({ symbol, tone }: VerdictSign, spoken: string): Markup {
  return html`<span class="mark ${tone}" title="${spoken}"><span aria-hidden="true">${symbol}</span><span class="unseen">${spoken}</span></span>`;
}
