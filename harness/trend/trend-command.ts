import { Command, InvalidArgumentError } from 'commander';
import { EXIT_CODE, type ExitCode } from '../cli/exit-code.ts';
import { type ProgramWorld, runProgram } from '../cli/run-program.ts';
import { parseSeed } from '../cli/seed-option.ts';
import { terminalMode } from '../cli/terminal-mode.ts';
import { findResults } from './find-results.ts';
import { noticesOf } from './notice.ts';
import { renderTrend, type Trend } from './trend-report.ts';
import { trendSeries } from './trend-series.ts';

interface Options {
  readonly json: boolean;
  readonly significance: number;
  readonly atLeast: number;
  readonly last: number;
  readonly seed: number;
}

/** Runs the command line and answers with the exit code (see exit-code.ts). Errors are printed; it does not throw. */
export async function runTrend(world: ProgramWorld): Promise<number> {
  const program = new Command('npm run trend --')
    .description('Shows how figures went over many runs, and where they changed. Changes are notices, never failures.')
    .argument('[folder...]', 'folders of reports, each with its result.json or with such folders in it', ['reports'])
    .option('--significance <p>', 'how often equal runs may give a series a change by chance', parseShare, 0.001)
    .option('--at-least <percent>', 'smaller changes are not told', parsePercent, 0.01)
    .option('--last <runs>', 'as many of the latest runs of each series', parseRuns, 200)
    .option('--seed <number>', 'seed of the permutation test', parseSeed, 1)
    .option('--json', 'print all of it as one JSON object', false);
  return await runProgram(world, program, (folders: readonly string[], options: Options) =>
    showTrend(folders, options, world),
  );
}

async function showTrend(
  folders: readonly string[],
  { json, significance, atLeast, last, seed }: Options,
  { stdout, environment }: ProgramWorld,
): Promise<ExitCode> {
  const { results, broken } = await findResults(folders);
  const { series: whole, leftOut } = trendSeries(results);
  const series = whole.map((each) => ({ ...each, points: each.points.slice(-last) }));
  const notices = series.flatMap((each) => noticesOf(each, { significance, atLeast, seed }));
  const trend: Trend = { series, notices, leftOut, broken, runs: results.length, significance };
  if (json) {
    stdout.write(`${JSON.stringify(trend)}\n`);
    return EXIT_CODE.passed;
  }
  stdout.write(`${renderTrend(trend, terminalMode(stdout, environment))}\n`);
  return EXIT_CODE.passed;
}

function parseShare(text: string): number {
  const share = Number(text);
  if (share >= 0.0001 && share <= 0.1) return share;
  throw new InvalidArgumentError(`expected a number from 0.0001 to 0.1, got "${text}"`);
}

function parsePercent(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 100) return value / 100;
  throw new InvalidArgumentError(`expected a number from 0 to 100, got "${text}"`);
}

function parseRuns(text: string): number {
  const runs = Number(text);
  if (Number.isInteger(runs) && runs >= 6 && runs <= 1000) return runs;
  throw new InvalidArgumentError(`expected a whole number from 6 to 1000, got "${text}"`);
}
