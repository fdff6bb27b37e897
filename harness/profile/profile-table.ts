import { printable } from '../report/printable.ts';
import { profileRows, profileSummary, titleOfSelf } from '../report/profile-figure.ts';
import type { ProfileRecord } from '../report/profile-record.ts';

/** A screen shows the first; the report has more. */
const SHOWN = 15;
const GAP = '  ';

/** What a profile says, for a terminal: the most expensive functions, and where the rest is. No line break at its end. */
export function renderProfile({ costs, files, subject, failure }: ProfileRecord, folder: string): string {
  const lines = costs === undefined ? [] : [...tableLines(costs), '', profileSummary(costs)];
  const notes = [`seen: ${subject}`, ...(failure === null ? [] : [`no profile: ${failure}`])].map(printable);
  return [...lines, ...notes, ...files.map((file) => `profile ${folder}/${file}`)].join('\n');
}

function tableLines(costs: NonNullable<ProfileRecord['costs']>): readonly string[] {
  const shown = profileRows({ ...costs, functions: costs.functions.slice(0, SHOWN) });
  const cells = [
    [titleOfSelf(costs), 'self', 'total', 'function', 'where'],
    ...shown.map(({ self, selfShare, totalShare, name, place }) => [
      ...[self, selfShare, totalShare],
      printable(name),
      printable(place),
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  return cells.map(([self = '', share = '', total = '', name = '', place = '']) =>
    [
      self.padStart(widths[0] ?? 0),
      share.padStart(widths[1] ?? 0),
      total.padStart(widths[2] ?? 0),
      name.padEnd(widths[3] ?? 0),
      place,
    ]
      .join(GAP)
      .trimEnd(),
  );
}
