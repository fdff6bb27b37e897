import { formatDuration, formatUtc } from '../figure-format.ts';
import { headlinesOf } from '../headline.ts';
import type { Result } from '../result.ts';
import { meaningOfResult, signOfResult, type VerdictSign } from '../verdict-sign.ts';
import { html, type Markup } from './markup.ts';

/** A verdict as a coloured label; the symbol and the word say it without the colour. */
export function badge({ symbol, word, tone }: VerdictSign, size: 'large' | 'small' = 'small'): Markup {
  return html`<span class="badge ${tone} ${size}"><span aria-hidden="true">${symbol}</span>${word}</span>`;
}

/** The line above the first screen: which report this is. The theme button is shown by the page's script. */
export function masthead({ scenario, startedAt, durationMs }: Result): Markup {
  const when = `${formatUtc(startedAt)}, ${formatDuration(durationMs)}`;
  return html`<header class="masthead">
<p class="run"><b>queueproof</b> · <code>${scenario}</code> · <time datetime="${startedAt}">${when}</time></p>
<button type="button" class="toggle" id="theme-toggle" aria-pressed="false" hidden>Dark theme</button>
</header>`;
}

/** The first screen: question, answer, verdict and the headline figures. */
export function leadSection(result: Result): Markup {
  const headlines = headlinesOf(result).map(
    ({ label, value, unit, detail, tone }) => html`<div class="headline"><dt>${label}</dt>
<dd class="value ${tone}">${value} ${unit === '' ? undefined : html`<span class="unit">${unit}</span>`}</dd>
<dd class="detail">${detail}</dd></div>`,
  );
  const reasons = result.reasons.map((reason) => html`<li>${reason}</li>`);
  return html`<div class="lead">
<h1>${result.question}</h1>
<p class="answer">${result.answer}</p>
<div class="verdict">${badge(signOfResult(result.verdict), 'large')}<span>${meaningOfResult(result.verdict)}</span></div>
${reasons.length === 0 ? undefined : html`<ul class="reasons">${reasons}</ul>`}
<dl class="headlines">${headlines}</dl>
</div>`;
}
