import { profileRows, profileSummary, titleOfSelf } from '../profile-figure.ts';
import type { ProfileRecord } from '../profile-record.ts';
import type { Result } from '../result.ts';
import { html, type Markup } from './markup.ts';
import { type Column, table } from './table.ts';

/** What a profiler saw, if there was one. */
export function profileSection({ profile }: Result): Markup | undefined {
  if (profile === undefined) return undefined;
  const { subject, failure, costs, files } = profile;
  const links = files.map((file) => html`<li><a href="${encodeURI(file)}">${file}</a></li>`);
  return html`<section aria-labelledby="profile"><h2 id="profile">Profile: ${profile.with}</h2>
<p class="note">Seen: ${subject}. The tool slows the server down: no figure of this run is one to compare.</p>
${failure === null ? undefined : html`<ul class="reasons"><li>${failure}</li></ul>`}
${costs === undefined ? undefined : costsPanel(costs)}
<ul>${links}</ul>
</section>`;
}

function costsPanel(costs: NonNullable<ProfileRecord['costs']>): Markup {
  const columns: readonly Column[] = [
    { title: 'function', kind: 'text' },
    { title: titleOfSelf(costs), kind: 'number' },
    { title: 'self', kind: 'number' },
    { title: 'total', kind: 'number' },
    { title: 'where', kind: 'wide' },
  ];
  const rows = profileRows(costs).map(({ self, selfShare, totalShare, name, place }) => [
    html`<code>${name}</code>`,
    self,
    selfShare,
    totalShare,
    html`<code>${place}</code>`,
  ]);
  return html`<p class="note">${profileSummary(costs)}</p>
<div class="panel">${table('Functions by their own cost', columns, rows)}</div>`;
}
