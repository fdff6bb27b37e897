import { bulletList, codeSpan, markdownTable, markdownText } from './markdown-text.ts';
import { profileRows, profileSummary, titleOfSelf } from './profile-figure.ts';
import type { ProfileRecord } from './profile-record.ts';

/** `profile/profile.md`: the profile alone, its links relative to its own folder. */
export function renderProfileMarkdown(profile: ProfileRecord): string {
  const links = profile.files.map((file) => file.slice(file.indexOf('/') + 1));
  return `${profileBlocks(profile, links).join('\n\n')}\n`;
}

/** What was seen, as a section of a report; `links` are the files as they are found from there. */
export function profileBlocks(profile: ProfileRecord, links: readonly string[]): readonly string[] {
  const { costs, subject, failure } = profile;
  const head = costs === undefined ? [] : [`${titleOfSelf(costs)}:`, 'self:', 'total:', 'function', 'where'];
  const rows =
    costs === undefined
      ? []
      : profileRows(costs).map(({ self, selfShare, totalShare, name, place }) => [
          ...[self, selfShare, totalShare].map(markdownText),
          codeSpan(name),
          place === '' ? '' : codeSpan(place),
        ]);
  const files = links.map((link) => `- [${markdownText(link)}](${encodeURI(link)})`);
  return [
    `## Profile: ${profile.with}`,
    markdownText(`Seen: ${subject}. The tool slows the server down: no figure of this run is one to compare.`),
    ...(failure === null ? [] : [bulletList([failure])]),
    ...(costs === undefined ? [] : [markdownText(profileSummary(costs)), markdownTable(head, rows)]),
    files.join('\n'),
  ].filter((block) => block !== '');
}
