import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { execa } from 'execa';
import { Type } from 'typebox';
import { startPostgres } from '../postgres/start-postgres.ts';
import { inheritedEnvironment, serverEnvironment } from '../target/server-environment.ts';
import type { Bench, BenchContext, BenchFigure } from './bench.ts';
import type { Reading } from './reading.ts';
import { sampledFigure } from './sampled-figure.ts';

const isReading = new Ajv().compile<Reading>(
  Type.Object({ what: Type.String(), unit: Type.String(), value: Type.Number({ exclusiveMinimum: 0 }) }),
);

const POSTGRES_IMAGE = 'postgres:18';
/** Room for the few connections of a bench. */
const POOL_SIZE = 20;
const STDERR_LIMIT = 4_000;

/** How a bench program is started. */
interface ProgramRounds {
  readonly program: URL;
  readonly rounds: number;
  /** Words for the program; the round counts from 0. */
  readonly words?: (round: number) => readonly (string | number)[];
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * The bench of a program that measures once and prints a {@link Reading} a line. It is run `rounds` times, and each
 * process is one sample: how the engine compiled and where memory lay differs from process to process by more than the
 * iterations of one can tell. Its word is the seed. The bench throws as {@link sampleProcesses} does.
 */
export function benchProgram(program: URL): Bench['run'] {
  return async (context) => {
    const { rounds, seed } = context;
    return { figures: await sampleProcesses({ program, rounds, words: () => [seed] }, context), bars: [] };
  };
}

/** {@link benchProgram} with a PostgreSQL, which the program finds in the server's own variables (PG_HOST, …). */
export function benchProgramOnPostgres(program: URL): Bench['run'] {
  return async (context) => {
    context.onProgress('starting PostgreSQL');
    await using undo = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), 'queueproof-bench-'));
    undo.defer(() => rm(folder, { recursive: true, force: true }));
    const options = { maxConnections: 100, settings: {}, image: POSTGRES_IMAGE, logFolder: folder };
    const postgres = undo.use(await startPostgres('embedded', options));
    const { target } = undo.use(await postgres.createDatabase('bench'));
    const environment = serverEnvironment({ workers: 1, poolSize: POOL_SIZE, database: target });
    return { figures: await sampleProcesses({ program, rounds: context.rounds, environment }, context), bars: [] };
  };
}

/**
 * Runs a program again and again; a figure for each thing it measures, in the order in which it tells of them.
 *
 * @throws Error with what the program said when it ends with another exit code than 0, as it does when its work is wrong;
 * Error when two processes did not measure the same things; the signal's reason on abort.
 */
export async function sampleProcesses(
  { program, rounds, words = () => [], environment = inheritedEnvironment() }: ProgramRounds,
  { seed, signal, onProgress }: Pick<BenchContext, 'seed' | 'signal' | 'onProgress'>,
): Promise<readonly BenchFigure[]> {
  const file = fileURLToPath(program);
  // A process that is killed leaves its temporary files behind; they go with this folder.
  const temporary = await mkdtemp(join(tmpdir(), 'queueproof-bench-'));
  try {
    const byRound: (readonly Reading[])[] = [];
    for (let round = 0; round < rounds; round += 1) {
      onProgress(`${basename(file, '.ts')}, process ${round + 1} of ${rounds}`);
      const env = { ...environment, TMPDIR: temporary };
      byRound.push(await runOnce([file, ...words(round).map(String)], env, signal));
    }
    return figuresOf(byRound, file, seed);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

function figuresOf(byRound: readonly (readonly Reading[])[], file: string, seed: number): readonly BenchFigure[] {
  const [first = []] = byRound;
  return first.map(({ what, unit }, index) => {
    const samples = byRound.map((readings) => {
      const reading = readings[index];
      if (reading?.what === what && reading.unit === unit && readings.length === first.length) return reading.value;
      throw new Error(`${file} did not measure the same in every process`);
    });
    return sampledFigure(what, unit, samples, seed);
  });
}

async function runOnce(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<readonly Reading[]> {
  const options = { env, extendEnv: false, cancelSignal: signal, reject: false } as const;
  const { stdout, stderr, failed, shortMessage } = await execa(process.execPath, command, options);
  signal.throwIfAborted();
  const [file] = command;
  if (failed) throw new Error(`the bench ${file} failed: ${shortMessage}\n${stderr.slice(-STDERR_LIMIT)}`.trimEnd());
  if (stdout === '') throw new Error(`the bench ${file} measured nothing`);
  return stdout.split('\n').map((line) => {
    const reading = readJson(line);
    if (isReading(reading)) return reading;
    throw new Error(`expected what, unit and a value above zero from ${file}, got ${line}`);
  });
}

function readJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    // The caller tells what it expected.
    return undefined;
  }
}
