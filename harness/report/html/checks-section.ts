import { mergeVerdicts } from '../../checkers/verdict.ts';
import { formatCount } from '../figure-format.ts';
import type { CheckRecord, Result } from '../result.ts';
import { signOfExpectation, signOfVerdict } from '../verdict-sign.ts';
import { checkDetailsId, checkMatrix, checkNames, findingId } from './check-matrix.ts';
import { badge } from './lead-section.ts';
import { html, type Markup } from './markup.ts';
import { type Column, table } from './table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'arm', kind: 'text' },
  { title: 'round', kind: 'number' },
  { title: 'verdict', kind: 'text' },
  { title: 'summary', kind: 'wide' },
  { title: 'counts', kind: 'wide' },
];

/** The proof: each violation with its witness, checks by arms, all that every check found, and the expectations. */
export function checksSection(result: Result): Markup {
  const notValid = result.checks.filter(({ verdict }) => verdict !== 'valid');
  return html`<section aria-labelledby="checks"><h2 id="checks">Checks</h2>
<p class="note">${result.checks.length - notValid.length} of ${result.checks.length} are valid. An arm has a figure only when all its checks are.</p>
${notValid.length === 0 ? undefined : html`<div class="panel"><h3>Not valid, with witnesses</h3><ul class="findings">${notValid.map(finding)}</ul></div>`}
${overview(result)}
</section>
${expectations(result)}`;
}

function finding({ name, arm, round, verdict, summary, witness }: CheckRecord, index: number): Markup {
  const sign = signOfVerdict(verdict);
  const facts = witness.map((fact) => html`<li>${fact}</li>`);
  return html`<li class="finding ${sign.tone}" id="${findingId(index)}" tabindex="-1">${badge({ ...sign, word: `${name} ${sign.word}` })}
<p><b>${arm}</b>, round ${round}</p><p>${summary}</p>
${facts.length === 0 ? undefined : html`<ul class="witness" aria-label="Witness">${facts}</ul>`}</li>`;
}

function overview(result: Result): Markup | undefined {
  if (result.checks.length === 0) return undefined;
  return html`<div class="panel"><h3>Checks by arm</h3>${checkMatrix(result)}</div>
<div class="panel"><h3>What every check found</h3>${checkNames(result).map((name, index) => checkDetails(name, index, result))}</div>`;
}

/** The place that is led to lies inside: a browser opens what is closed round it. */
function checkDetails(name: string, index: number, { checks }: Result): Markup {
  const own = checks.filter((check) => check.name === name);
  const valid = own.filter(({ verdict }) => verdict === 'valid').length;
  const rows = own.map(({ arm, round, verdict, summary, counts }) => {
    return [arm, round, mark(verdict), summary, html`<span class="sub">${countsText(counts)}</span>`];
  });
  return html`<details class="check"><summary>${mark(mergeVerdicts(own.map(({ verdict }) => verdict)))} <b>${name}</b> <span>${valid} of ${own.length} valid</span></summary>
<div id="${checkDetailsId(index)}">${table(`What ${name} found`, COLUMNS, rows)}</div></details>`;
}

/** What is 0 is told by its number: accounting alone has thirty counts, nearly all of them 0. */
function countsText(counts: CheckRecord['counts']): string {
  const all = Object.entries(counts);
  const told = all.filter(([, count]) => count !== 0).map(([key, count]) => `${key} ${formatCount(count)}`);
  const zeros = all.length - told.length;
  return [...told, ...(zeros > 0 ? [`${zeros} others 0`] : [])].join(' · ');
}

function mark(verdict: CheckRecord['verdict']): Markup {
  const { symbol, word, tone } = signOfVerdict(verdict);
  return html`<span class="mark ${tone}"><span aria-hidden="true">${symbol} </span>${word}</span>`;
}

function expectations({ expectations: expected }: Result): Markup | undefined {
  if (expected.length === 0) return undefined;
  const columns: readonly Column[] = [
    { title: 'expected', kind: 'text' },
    { title: 'outcome', kind: 'text' },
    { title: 'observed', kind: 'wide' },
  ];
  const rows = expected.map(({ text, met, observed }) => [
    html`<code>${text}</code>`,
    badge(signOfExpectation(met)),
    observed,
  ]);
  return html`<section aria-labelledby="expectations"><h2 id="expectations">Expectations</h2>
<div class="panel">${table('Expectations', columns, rows)}</div></section>`;
}
