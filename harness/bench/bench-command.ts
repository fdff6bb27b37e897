import { Command, InvalidArgumentError } from 'commander';
import { EXIT_CODE, type ExitCode } from '../cli/exit-code.ts';
import { Interruption } from '../cli/interruption.ts';
import { type ProgramWorld, runProgram } from '../cli/run-program.ts';
import { terminalMode } from '../cli/terminal-mode.ts';
import { describeMachine } from '../run/machine.ts';
import { ALL_BENCHES } from './all-benches.ts';
import type { Bench, BenchContext, BenchOutcome } from './bench.ts';
import { compareRuns, machineDifferences } from './bench-comparison.ts';
import { renderOutcome } from './bench-table.ts';
import { chooseBenches } from './choose-benches.ts';
import { renderComparison } from './comparison-table.ts';
import { readSavedRun, type SavedRun, writeSavedRun } from './saved-run.ts';

interface Options {
  readonly list: boolean;
  readonly rounds: number;
  readonly pairs: number;
  readonly seed: number;
  readonly save?: string;
  readonly compare?: string;
}

type Outcomes = ReadonlyMap<Bench, BenchOutcome>;

/** Finds 97 of 100 slowdowns of 20 % where one process in ten is disturbed; 10 rounds find 85. */
const DEFAULT_ROUNDS = 15;
const DEFAULT_PAIRS = 100;
const DEFAULT_SEED = 1;

/** Runs the command line and answers with the exit code (see exit-code.ts). Errors are printed; it does not throw. */
export async function runBenches(world: ProgramWorld, benches: readonly Bench[] = ALL_BENCHES): Promise<number> {
  const program = new Command('npm run bench --')
    .description('Measures parts of the server and of the harness, each of which checks its own work.')
    .argument('[name...]', 'benches to run: a name, a group such as pool, or a pattern such as "*-file" (default: all)')
    .option('--list', 'list the benches with their question', false)
    .option('--rounds <number>', 'processes for a micro-benchmark, each a sample', parseCount, DEFAULT_ROUNDS)
    .option('--pairs <number>', 'pairs of slices of an interleaved comparison', parseCount, DEFAULT_PAIRS)
    .option('--seed <number>', 'seed of sample data and of intervals', parseCount, DEFAULT_SEED)
    .option('--save <name>', 'write all samples to reports/bench/<name>.json, or to a file')
    .option('--compare <name>', 'compare with what was saved, in reports/bench/<name>.json or a file');
  return await runProgram(world, program, (words: readonly string[], options: Options) =>
    act(chooseBenches(words, benches), options, world),
  );
}

async function act(benches: readonly Bench[], options: Options, world: ProgramWorld): Promise<ExitCode> {
  const { stdout } = world;
  if (options.list) {
    for (const { name, question } of benches) stdout.write(`${name.padEnd(20)} ${question}\n`);
    return EXIT_CODE.passed;
  }
  // Before anything is run: a name that is none should not cost minutes.
  const before = options.compare === undefined ? undefined : await readSavedRun(options.compare);
  using interruption = new Interruption();
  const { signal } = interruption;
  const outcomes = new Map<Bench, BenchOutcome>();
  try {
    for (const bench of benches) outcomes.set(bench, await runBench(bench, options, signal, world));
  } catch (error) {
    if (signal.aborted) return EXIT_CODE.interrupted;
    throw error;
  }
  const now = await savedRunOf(outcomes, options.seed);
  if (before !== undefined) stdout.write(`${comparisonOf(outcomes, now, before)}\n`);
  if (options.save !== undefined) stdout.write(`Saved: ${await writeSavedRun(options.save, now)}\n`);
  const exitCode = exitCodeOf(outcomes);
  if (exitCode !== EXIT_CODE.passed)
    stdout.write('→ a bar above is not met or not known; on a quiet machine, the bench of it alone says more\n');
  return exitCode;
}

async function runBench(
  bench: Bench,
  options: Omit<BenchContext, 'signal' | 'onProgress'>,
  signal: AbortSignal,
  { stdout, environment }: ProgramWorld,
): Promise<BenchOutcome> {
  const { rounds, pairs, seed } = options;
  stdout.write(`${bench.question}\n`);
  const { live } = terminalMode(stdout, environment);
  const onProgress = live ? (text: string) => void stdout.write(`\r\u001b[K  ${text}`) : () => undefined;
  const outcome = await bench.run({ rounds, pairs, seed, signal, onProgress });
  onProgress('');
  stdout.write(`${live ? '\r' : ''}${renderOutcome(outcome)}\n\n`);
  return outcome;
}

function comparisonOf(outcomes: Outcomes, now: SavedRun, before: SavedRun): string {
  const differences = machineDifferences(now.machine, before.machine);
  return renderComparison(compareRuns(outcomes, before, now.seed), { before, now, differences });
}

function exitCodeOf(outcomes: Outcomes): ExitCode {
  const bars = [...outcomes.values()].flatMap((outcome) => outcome.bars);
  if (bars.some(({ met }) => met === false)) return EXIT_CODE.expectationFailed;
  return bars.some(({ met }) => met === null) ? EXIT_CODE.inconclusive : EXIT_CODE.passed;
}

async function savedRunOf(outcomes: Outcomes, seed: number): Promise<SavedRun> {
  const benches = [...outcomes].map(([{ name, question }, { figures, bars }]) => ({
    name,
    question,
    figures: figures.map(({ samples, ...figure }) =>
      samples === undefined ? figure : { ...figure, samples: [...samples] },
    ),
    bars: [...bars],
  }));
  return { schemaVersion: 1, savedAt: new Date().toISOString(), seed, machine: await describeMachine(), benches };
}

function parseCount(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 2 ** 31) return value;
  throw new InvalidArgumentError(`expected a whole number from 1 on, got "${text}"`);
}
