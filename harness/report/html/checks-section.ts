import { mergeVerdicts } from '../../checkers/verdict.ts';
import { formatCount } from '../figure-format.ts';
import type { CheckRecord, Result } from '../result.ts';
import { signOfExpectation, signOfVerdict } from '../verdict-sign.ts';
import { badge } from './lead-section.ts';
import { html, type Markup } from './markup.ts';
import { type Cell, type Column, table } from './table.ts';

/** The proof: arms by checks, each violation with its witness, every single check, and the expectations. */
export function checksSection(result: Result): Markup {
  const notValid = result.checks.filter(({ verdict }) => verdict !== 'valid');
  return html`<section aria-labelledby="checks"><h2 id="checks">Checks</h2>
<p class="note">${result.checks.length - notValid.length} of ${result.checks.length} are valid. An arm has a figure only when all its checks are.</p>
${notValid.length === 0 ? undefined : html`<div class="panel"><h3>Not valid</h3><ul class="findings">${notValid.map(finding)}</ul></div>`}
${overview(result)}
</section>
${expectations(result)}`;
}

function finding({ name, arm, round, verdict, summary, witness }: CheckRecord): Markup {
  const sign = signOfVerdict(verdict);
  const facts = witness.map((fact) => html`<li>${fact}</li>`);
  return html`<li class="finding ${sign.tone}">${badge({ ...sign, word: `${name} ${sign.word}` })}
<p><b>${arm}</b>, round ${round}</p><p>${summary}</p>
${facts.length === 0 ? undefined : html`<ul class="witness" aria-label="Witness">${facts}</ul>`}</li>`;
}

function overview({ arms, checks }: Result): Markup | undefined {
  if (checks.length === 0) return undefined;
  const names = [...new Set(checks.map(({ name }) => name))];
  const columns: readonly Column[] = [
    { title: 'arm', kind: 'text' },
    ...names.map((title) => ({ title, kind: 'centre' }) as const),
  ];
  const rows = arms.map(({ name: arm }) => [
    arm,
    ...names.map((name): Cell => {
      const verdicts = checks.filter((check) => check.name === name && check.arm === arm).map(({ verdict }) => verdict);
      return verdicts.length === 0 ? html`<span class="quiet">not made</span>` : mark(mergeVerdicts(verdicts));
    }),
  ]);
  return html`<div class="panel"><h3>By arm</h3>${table('Verdict of each check by arm', columns, rows)}
<details><summary>All ${checks.length} checks with their counts</summary>${everyCheck(checks)}</details></div>`;
}

function mark(verdict: CheckRecord['verdict']): Markup {
  const { symbol, word, tone } = signOfVerdict(verdict);
  return html`<span class="mark ${tone}"><span aria-hidden="true">${symbol} </span>${word}</span>`;
}

function everyCheck(checks: readonly CheckRecord[]): Markup {
  const columns: readonly Column[] = [
    { title: 'check', kind: 'text' },
    { title: 'arm', kind: 'wide' },
    { title: 'round', kind: 'number' },
    { title: 'verdict', kind: 'text' },
    { title: 'summary', kind: 'wide' },
    { title: 'counts', kind: 'wide' },
  ];
  const rows = checks.map(({ name, arm, round, verdict, summary, counts }) => {
    const told = Object.entries(counts).map(([key, count]) => `${key} ${formatCount(count)}`);
    return [name, arm, round, mark(verdict), summary, html`<span class="sub">${told.join(' · ')}</span>`];
  });
  return table('Every check', columns, rows);
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
