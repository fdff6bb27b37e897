import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { CHECKS, runChecks } from '../checkers/run-checks.ts';
import type { ExitCode } from '../cli/exit-code.ts';
import { type ProgramWorld, runProgram } from '../cli/run-program.ts';
import { terminalMode } from '../cli/terminal-mode.ts';
import { type ReadRun, readEvidence } from '../history/evidence-file.ts';
import { UnreadableHistory } from '../history/unreadable-history.ts';
import { suggestion } from '../scenario/nearest-word.ts';
import { RecheckPrinter } from './recheck-printer.ts';
import { exitCodeOf, type Rechecked } from './rechecked.ts';
import { findHistories } from './report-histories.ts';
import { ReportedChecks, type RunName } from './reported-checks.ts';

interface Options {
  /** Empty for the checks that each run asked for. */
  readonly check: readonly string[];
}

const DEFAULT_FOLDER = 'reports/latest';

/** Runs the command line and answers with the exit code (see exit-code.ts). Errors are printed; it does not throw. */
export async function runRecheck(world: ProgramWorld): Promise<number> {
  const program = new Command('npm run recheck --')
    .description('Judges the runs of a report again, from the histories in its folder; no server, no PostgreSQL.')
    .argument('[folder]', 'report folder', DEFAULT_FOLDER)
    .option('--check <name>', 'make this check only, whether or not it was asked for (repeatable)', collectCheck, []);
  return await runProgram(world, program, (folder: string, options: Options) => recheckFolder(folder, options, world));
}

/** One history is in memory at a time. */
async function recheckFolder(
  path: string,
  { check }: Options,
  { stdout, environment }: ProgramWorld,
): Promise<ExitCode> {
  const { folder, files } = await findHistories(path);
  const reported = await ReportedChecks.read(folder);
  const printer = new RecheckPrinter((text) => stdout.write(text), terminalMode(stdout, environment).colour);
  const runs: RunName[] = [];
  const all: Rechecked[] = [];
  const gaps: string[] = [];
  for (const file of files) {
    const run = await readOrTell(join(folder, file));
    if (typeof run === 'string') {
      gaps.push(`${file}: ${run}`);
      continue;
    }
    const checks = recheck(run, check, reported);
    printer.run(file, run, checks);
    runs.push({ arm: run.arm, round: run.round });
    all.push(...checks);
    if (checks.length === 0) gaps.push(`${file}: the run asked for no check`);
  }
  if (typeof reported === 'string') gaps.push(`nothing to compare with: ${reported}`);
  else {
    const beside = reported.runsBeside(runs);
    gaps.push(
      ...beside.map(({ arm, round }) => `${arm}, round ${round} is in the report, and not among the histories`),
    );
  }
  const exitCode = exitCodeOf(all, gaps);
  printer.end({ runs: runs.length, checks: all, gaps, exitCode });
  return exitCode;
}

function recheck(run: ReadRun, asked: readonly string[], reported: ReportedChecks | string): readonly Rechecked[] {
  return runChecks(asked.length > 0 ? asked : run.checks, run.evidence).map((result) => ({
    ...result,
    differences: typeof reported === 'string' ? [] : reported.differences(run, result),
  }));
}

/** A run, or why it cannot be read: the others of its folder are judged all the same. */
async function readOrTell(file: string): Promise<ReadRun | string> {
  try {
    return await readEvidence(file);
  } catch (error) {
    if (error instanceof UnreadableHistory) return error.message;
    // The file system's, as EACCES; what is ours must not pass for a bad file.
    if (error instanceof Error && 'code' in error) return error.message;
    throw error;
  }
}

function collectCheck(name: string, previous: readonly string[]): readonly string[] {
  const names = Object.keys(CHECKS);
  if (names.includes(name)) return [...previous, name];
  throw new InvalidArgumentError(`there is no check "${name}"${suggestion(name, names)}`);
}
