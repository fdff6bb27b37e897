import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Ajv } from 'ajv';
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
 * iterations of one can tell. The bench throws as {@link sampleProcesses} does.
 */
export function benchProgram(program: URL): Bench['run'] {
  return async (context) => ({
    figures: await sampleProcesses({ program, rounds: context.rounds }, context),
    bars: [],
  });
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
  const byRound: (readonly Reading[])[] = [];
  for (let round = 0; round < rounds; round += 1) {
    onProgress(`${basename(file, '.ts')}, process ${round + 1} of ${rounds}`);
    byRound.push(await runOnce(file, words(round), environment, signal));
  }
  return (byRound[0] ?? []).map(({ what, unit }, index) => {
    const samples = byRound.map((readings) => {
      const reading = readings[index];
      if (reading?.what === what && reading.unit === unit && readings.length === byRound[0]?.length)
        return reading.value;
      throw new Error(`${file} did not measure the same in every process`);
    });
    return sampledFigure(what, unit, samples, seed);
  });
}

async function runOnce(
  file: string,
  words: readonly (string | number)[],
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<readonly Reading[]> {
  const order = { env: environment, signal };
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...words.map(String)], order).catch(
    (error: Error & { readonly stderr?: string }) => {
      signal.throwIfAborted();
      const told = (error.stderr ?? '').slice(-STDERR_LIMIT);
      throw new Error(`the bench ${file} failed\n${told}`.trimEnd(), { cause: error });
    },
  );
  const lines = stdout.split('\n').filter((line) => line !== '');
  if (lines.length === 0) throw new Error(`the bench ${file} measured nothing`);
  return lines.map((line) => {
    const reading: unknown = JSON.parse(line);
    if (isReading(reading)) return reading;
    throw new Error(`expected what, unit and a value above zero from ${file}, got ${line}`);
  });
}
