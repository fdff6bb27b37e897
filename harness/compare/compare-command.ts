import { Command, Option } from 'commander';
import { CommandError, EXIT_CODE, type ExitCode } from '../cli/exit-code.ts';
import { type ProgramWorld, runProgram } from '../cli/run-program.ts';
import { shownPath } from '../cli/shown-path.ts';
import { terminalMode } from '../cli/terminal-mode.ts';
import { formatRatio } from '../report/figure-format.ts';
import { printable } from '../report/printable.ts';
import { readStoredResult } from '../report/stored-result.ts';
import { compareRuns } from './compare-runs.ts';
import { type Comparison, type Difference, obstacles, type StoredRun } from './comparison.ts';
import { renderComparisonMarkdown } from './comparison-markdown.ts';
import { renderComparison } from './comparison-terminal.ts';

interface Options {
  readonly acrossEnvironments: boolean;
  readonly json?: boolean;
  readonly markdown?: boolean;
}

/** The first say why; hundreds of arms differ alike. */
const SHOWN_OBSTACLES = 12;

/** Runs the command line and answers with the exit code (see exit-code.ts). Errors are printed; it does not throw. */
export async function runCompare(world: ProgramWorld): Promise<number> {
  const program = new Command('npm run compare --')
    .description('Sets two runs side by side: what changed from the first to the second, and how sure that is.')
    .argument('<before>', 'report folder')
    .argument('<after>', 'report folder')
    .option('--across-environments', 'compare although the environment or the question differs', false)
    .option('--json', 'print one line of JSON')
    .addOption(new Option('--markdown', 'print Markdown').conflicts('json'));
  return await runProgram(world, program, (before: string, after: string, options: Options) =>
    compare(before, after, options, world),
  );
}

/** Shows a difference, and judges none: that is what the gate does, which measures both sides in turn. */
async function compare(
  before: string,
  after: string,
  { acrossEnvironments, json, markdown }: Options,
  { stdout, environment }: ProgramWorld,
): Promise<ExitCode> {
  const comparison = compareRuns(await readRun(before), await readRun(after));
  if (comparison.arms.length === 0) throw nothingInCommon(comparison);
  const differences = obstacles(comparison);
  if (differences.length > 0 && !acrossEnvironments) throw incomparable(comparison, differences);
  if (json === true) stdout.write(`${JSON.stringify(comparison)}\n`);
  else if (markdown === true) stdout.write(renderComparisonMarkdown(comparison));
  else stdout.write(`${renderComparison(comparison, terminalMode(stdout, environment).colour)}\n`);
  return EXIT_CODE.passed;
}

async function readRun(path: string): Promise<StoredRun> {
  const stored = await readStoredResult(path);
  if (stored.kind === 'run') return { ...stored, folder: shownPath(stored.folder) };
  throw new CommandError(EXIT_CODE.usage, `${path} is of a run of defects, which has no figures to compare.`, {
    hint: 'Its result.json and report.md say which defects were caught.',
  });
}

function nothingInCommon({ onlyBefore, onlyAfter }: Comparison): CommandError {
  const names = (arms: readonly string[]) => (arms.length === 0 ? 'none' : printable(arms.join(', ')));
  return new CommandError(
    EXIT_CODE.usage,
    `The two runs have no arm in common: ${names(onlyBefore)} before, ${names(onlyAfter)} after.`,
    { hint: 'Arms are matched by name, or by all their parameters; compare two runs of one scenario.' },
  );
}

function incomparable(comparison: Comparison, differences: readonly Difference[]): CommandError {
  const hidden = differences.length - SHOWN_OBSTACLES;
  const lines = [
    'The two runs cannot be compared, because they differ in what figures depend on:',
    ...differences.slice(0, SHOWN_OBSTACLES).map(({ name, before, after }) => `  ${name}: ${before} → ${after}`),
    ...(hidden > 0 ? [`  and ${hidden} more`] : []),
    ...shares(comparison),
  ];
  const message = lines.map((line) => (line.startsWith('  ') ? `  ${printable(line)}` : printable(line))).join('\n');
  return new CommandError(EXIT_CODE.usage, message, {
    hint: 'Measure both in one environment (npm run gate does), or show them all the same: --across-environments',
  });
}

/** Shares of the ceiling can be compared between machines, as long as the same is asked. */
function shares({ arms, question }: Comparison): readonly string[] {
  if (question.length > 0) return [];
  const lines = arms.flatMap(({ name, parameters, figures }) => {
    const share = figures.find((figure) => figure.name === 'ceilingFraction');
    if (parameters.length > 0 || share?.ratio == null || share.before === null || share.after === null) return [];
    const { before, after, ratio } = share;
    return [`  ${name}: ${formatRatio(before)} → ${formatRatio(after)} (${formatRatio(ratio)}×)`];
  });
  return lines.length === 0 ? [] : ['Shares of the ceiling stay comparable between machines:', ...lines];
}
