import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { CommandError, EXIT_CODE, type ExitCode } from '../cli/exit-code.ts';
import { Interruption } from '../cli/interruption.ts';
import { type ProgramWorld, runProgram } from '../cli/run-program.ts';
import { suggestion } from '../scenario/nearest-word.ts';
import { ALL_BENCHES } from './all-benches.ts';
import type { Bench, BenchOutcome } from './bench.ts';
import { renderOutcome } from './bench-table.ts';

interface Options {
  readonly list: boolean;
  readonly pairs: number;
  readonly seed: number;
  readonly json?: string;
}

const DEFAULT_PAIRS = 100;
const DEFAULT_SEED = 1;

/** Runs the command line and answers with the exit code (see exit-code.ts). Errors are printed; it does not throw. */
export async function runBenches(world: ProgramWorld): Promise<number> {
  const program = new Command('npm run bench --')
    .description('Measures what the harness itself costs.')
    .argument('[name...]', 'benches to run (default: all)')
    .option('--list', 'list the benches with their question', false)
    .option('--pairs <number>', 'pairs of slices of an interleaved comparison', parseCount, DEFAULT_PAIRS)
    .option('--seed <number>', 'seed of sample data and of intervals', parseCount, DEFAULT_SEED)
    .option('--json <file>', 'also write the figures to a file');
  return await runProgram(world, program, (names: readonly string[], options: Options) => act(names, options, world));
}

async function act(names: readonly string[], options: Options, { stdout }: ProgramWorld): Promise<ExitCode> {
  if (options.list) {
    for (const { name, question } of ALL_BENCHES) stdout.write(`${name.padEnd(20)} ${question}\n`);
    return EXIT_CODE.passed;
  }
  const benches = names.length === 0 ? ALL_BENCHES : names.map(benchNamed);
  using interruption = new Interruption();
  const { signal } = interruption;
  const outcomes = new Map<Bench, BenchOutcome>();
  try {
    for (const bench of benches) {
      stdout.write(`${bench.question}\n`);
      const onProgress =
        stdout.isTTY === true ? (text: string) => void stdout.write(`\r\u001b[K  ${text}`) : () => undefined;
      const { pairs, seed } = options;
      const outcome = await bench.run({ pairs, seed, signal, onProgress });
      onProgress('');
      stdout.write(`${stdout.isTTY === true ? '\r' : ''}${renderOutcome(outcome)}\n\n`);
      outcomes.set(bench, outcome);
    }
  } catch (error) {
    if (signal.aborted) return EXIT_CODE.interrupted;
    throw error;
  }
  if (options.json !== undefined) await save(options.json, outcomes, options.seed);
  return exitCodeOf([...outcomes.values()]);
}

function benchNamed(name: string): Bench {
  const bench = ALL_BENCHES.find((candidate) => candidate.name === name);
  if (bench !== undefined) return bench;
  const names = ALL_BENCHES.map((candidate) => candidate.name);
  throw new CommandError(EXIT_CODE.usage, `there is no bench "${name}"${suggestion(name, names)}`);
}

function exitCodeOf(outcomes: readonly BenchOutcome[]): ExitCode {
  const bars = outcomes.flatMap((outcome) => outcome.bars);
  if (bars.some(({ met }) => met === false)) return EXIT_CODE.expectationFailed;
  return bars.some(({ met }) => met === null) ? EXIT_CODE.inconclusive : EXIT_CODE.passed;
}

async function save(file: string, outcomes: ReadonlyMap<Bench, BenchOutcome>, seed: number): Promise<void> {
  const benches = [...outcomes].map(([{ name, question }, outcome]) => ({ name, question, ...outcome }));
  const machine = {
    node: process.version,
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.availableParallelism(),
  };
  try {
    await writeFile(file, `${JSON.stringify({ schemaVersion: 1, seed, ...machine, benches }, null, 2)}\n`);
  } catch (error) {
    throw unwritable(file, error);
  }
}

function unwritable(file: string, cause: unknown): CommandError {
  return new CommandError(EXIT_CODE.unavailable, `The figures could not be written to ${file}: ${cause}`, { cause });
}

function parseCount(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 2 ** 31) return value;
  throw new InvalidArgumentError(`expected a whole number from 1 on, got "${text}"`);
}
