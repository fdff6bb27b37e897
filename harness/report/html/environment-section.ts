import { formatGiB } from '../figure-format.ts';
import type { Result } from '../result.ts';
import { html, type Markup } from './markup.ts';
import { type Column, table } from './table.ts';

const SETTING_COLUMNS: readonly Column[] = [
  { title: 'setting', kind: 'text' },
  { title: 'value', kind: 'wide' },
];

/** What the figures were measured on, and how to measure them again. */
export function environmentSection(result: Result): Markup {
  const { environment, notes, seed, command, exitCode } = result;
  const facts: readonly (readonly [string, string])[] = [
    ...(environment.target === undefined ? [] : [['Target', environment.target] as const]),
    ['PostgreSQL', environment.postgres],
    ['Provider', providerText(environment)],
    ['max_connections', String(environment.maxConnections ?? 'not known')],
    ['Node.js', environment.node],
    ['Processor', `${environment.cores} × ${environment.cpu}`],
    ['Memory', formatGiB(environment.memoryBytes)],
    ['System', environment.os],
    ['Source', environment.git],
    ['Seed', String(seed)],
    ['Exit code', String(exitCode)],
    ...(notes ?? []).map((note) => ['Note', note] as const),
  ];
  const settings = Object.entries(environment.postgresSettings).map(([name, value]) => [
    html`<code>${name}</code>`,
    value,
  ]);
  return html`<section aria-labelledby="environment"><h2 id="environment">Environment</h2>
<div class="panel"><dl class="facts">${facts.map(([term, fact]) => html`<dt>${term}</dt><dd>${fact}</dd>`)}</dl></div>
${
  settings.length === 0
    ? undefined
    : html`<div class="panel"><h3>PostgreSQL settings that differ from the default</h3>${table('PostgreSQL settings', SETTING_COLUMNS, settings)}</div>`
}
</section>
<section aria-labelledby="again"><h2 id="again">Run it again</h2>
<p class="note">At this state of the source, after <code>npm ci</code>:</p>
<div class="panel command"><pre id="command">${command}</pre><button type="button" class="copy" data-copies="command" hidden>Copy</button><span class="unseen" role="status"></span></div>
<p class="note">Beside this file: <a href="result.json">result.json</a> with every figure for scripts, <a href="report.md">report.md</a>, the resolved scenario, and the logs of server and PostgreSQL.</p>
</section>`;
}

/** Some reasons begin with the provider themselves. */
function providerText({ provider, providerReason }: Result['environment']): string {
  return providerReason.startsWith(provider) ? providerReason : `${provider}: ${providerReason}`;
}
