import { wrapText } from '../cli/text-width.ts';
import type { Calibration } from './calibration.ts';
import { calibrationSentence } from './calibration-file.ts';
import { formatChange, formatChanges, metricTitle } from './metric-title.ts';
import { percent } from './percent.ts';

const WIDTH = 100;
const ARM_COLUMNS = 20;
const METRIC_COLUMNS = 24;

/** What was found out about the gate on this machine, for a terminal of 100 columns. */
export function renderCalibration(calibration: Calibration): string {
  const head = `${'arm'.padEnd(ARM_COLUMNS)}${'metric'.padEnd(METRIC_COLUMNS)}${'block sd'.padStart(9)}${'smallest loss'.padStart(15)}  equal versions differ by`;
  const rows = calibration.metrics.map(({ arm, metric, kind, blockSd, offset, smallestChange }) =>
    [
      arm.padEnd(ARM_COLUMNS),
      metricTitle({ name: metric, kind }).padEnd(METRIC_COLUMNS),
      percent(blockSd).padStart(9),
      (smallestChange === null ? 'none' : percent(smallestChange)).padStart(15),
      `  ${formatChange(offset.ratio)} ${formatChanges(offset)}`,
    ].join(''),
  );
  const sentence = `${calibrationSentence(calibration)}; seen with a chance of 80 % in ${calibration.blocks} blocks.`;
  return [head, ...rows, '', ...wrapText(sentence, WIDTH, 0)].join('\n');
}
