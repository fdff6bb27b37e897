import type { ConfigurationRecord } from '../configuration-record.ts';
import type { Result } from '../result.ts';
import { html, type Markup } from './markup.ts';
import { type Column, table } from './table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'setting', kind: 'text' },
  { title: 'value', kind: 'wide' },
  { title: 'default', kind: 'text' },
];

/** What was asked for: what differs from the defaults, and the whole scenario; undefined for results of before it was kept. */
export function configurationSection({ configuration, scenario }: Result): Markup | undefined {
  if (configuration === undefined) return undefined;
  const { changed, scenarioYaml } = configuration;
  const rows = changed.map((setting) => [
    html`<code>${setting.key}</code>`,
    html`${valueText(setting)}${setting.isVaried ? html`<span class="sub">varied</span>` : undefined}`,
    setting.default === null ? 'none' : shown(setting.default),
  ]);
  return html`<section aria-labelledby="configuration"><h2 id="configuration">Configuration</h2>
<div class="panel"><h3>What differs from the defaults</h3>${
    rows.length === 0 ? html`<p>Nothing.</p>` : table('Settings that differ from the default', COLUMNS, rows)
  }
<details><summary>The whole scenario <code>${scenario}</code>, with every default</summary><pre>${scenarioYaml}</pre></details></div>
</section>`;
}

function valueText({ values }: ConfigurationRecord['changed'][number]): Markup {
  const texts = values.map((value, index) => html`${index === 0 ? '' : ' · '}<b>${shown(value)}</b>`);
  return html`${texts}`;
}

/** A list is shown as its items. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(shown).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
