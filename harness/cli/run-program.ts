import { type Command, CommanderError } from 'commander';
import { EXIT_CODE } from './exit-code.ts';
import { reportError } from './report-error.ts';
import { SHOW_CURSOR } from './terminal-style.ts';

/** The world of a command, handed in so that it can be tested and has no hidden inputs. */
export interface ProgramWorld {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

/** Of a command that leaves something to chance. */
export interface SeededWorld extends ProgramWorld {
  /** Used when --seed is not given. */
  readonly seed: number;
}

/**
 * Parses a command line, acts on it and answers with the exit code (see exit-code.ts); `act` gets the arguments and then
 * the options of `program`. Errors are printed; it does not throw.
 */
export async function runProgram<Parameters extends unknown[]>(
  { argv, stdout, stderr }: ProgramWorld,
  program: Command,
  act: (...parameters: Parameters) => Promise<number>,
): Promise<number> {
  let exitCode: number = EXIT_CODE.passed;
  program
    .exitOverride()
    .showHelpAfterError(`→ ${program.name()} --help tells what there is`)
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) })
    .action(async (...parameters: unknown[]) => {
      exitCode = await act(...(parameters as Parameters));
    });
  try {
    await program.parseAsync([...argv]);
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODE.passed : EXIT_CODE.usage;
    return reportError(error, stderr);
  }
}

/** For the very start of a program: takes care of what gets past its command and of an output that nobody reads, and gives its world. */
export function startProgram(): ProgramWorld {
  // Our own defect must not end with a code that means something else.
  process.on('uncaughtException', (error) => {
    // Nobody else gets to do it any more: progress may have hidden the cursor.
    if (process.stdout.isTTY === true) process.stdout.write(SHOW_CURSOR);
    process.exit(reportError(error, process.stderr));
  });
  // `… | head` closes the pipe: the work goes on to its end, unseen.
  process.stdout.on('error', () => undefined);
  const { argv, env: environment, stdout, stderr } = process;
  return { argv, environment, stdout, stderr };
}
