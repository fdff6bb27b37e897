import { formatDuration } from '../report/figure-format.ts';
import type { ScenarioSummary } from '../scenario/list-scenarios.ts';
import { alignRows } from './aligned-rows.ts';
import { textWidth, wrapText } from './text-width.ts';

const MAX_WIDTH = 100;
const MIN_QUESTION_COLUMNS = 20;
const GAP = '  ';

/** The scenarios with their times and questions as lines of at most 100 columns; none at the end. */
export function renderScenarioList(scenarios: readonly ScenarioSummary[], width: number): string {
  const titles = ['scenario', 'full', 'quick'];
  const rows = scenarios.map(({ name, estimatedMs, quickMs }) => [
    name,
    formatDuration(estimatedMs),
    quickMs === undefined ? '–' : formatDuration(quickMs),
  ]);
  const lines = alignRows([titles, ...rows], [1, 2]);
  const left = Math.max(...lines.map(textWidth)) + GAP.length;
  const room = Math.max(MIN_QUESTION_COLUMNS, Math.min(MAX_WIDTH, width) - left);
  const texts = ['question', ...scenarios.map(({ question }) => question)];
  return [
    ...lines.flatMap((line, index) => {
      const [first = '', ...others] = wrapText(texts[index] ?? '', room, 0);
      return [line.padEnd(left) + first, ...others.map((other) => ' '.repeat(left) + other)];
    }),
    '',
    ...wrapText(
      'npm run scenario -- <scenario> runs one, --quick in its quick form; --dry-run shows the runs first.',
      left + room,
      0,
    ),
  ].join('\n');
}
