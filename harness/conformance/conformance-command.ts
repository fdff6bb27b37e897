import { Command, InvalidArgumentError } from 'commander';
import { CommandError, EXIT_CODE, type ExitCode } from '../cli/exit-code.ts';
import { Interruption } from '../cli/interruption.ts';
import { type ProgramWorld, runProgram } from '../cli/run-program.ts';
import { terminalMode } from '../cli/terminal-mode.ts';
import { parseTargetUrl, requireListener } from '../target/target-url.ts';
import { ALL_BEHAVIOURS, selectBehaviours } from './all-behaviours.ts';
import { exitCodeOf, judgeTarget } from './judge-target.ts';
import { countOutcomes } from './outcome.ts';
import { startReferenceTarget } from './reference-target.ts';
import { jsonReport, OutcomePrinter, summaryLine } from './report-lines.ts';

/** The world of the command, handed in so that it can be tested and has no hidden inputs. */
export interface ConformanceWorld extends ProgramWorld {
  /** Unique to this run; begins every name that is made on the target. */
  readonly prefix: string;
}

interface Options {
  readonly target?: string;
  readonly token?: string;
  readonly only?: string;
  readonly json: boolean;
  readonly allowRemote: boolean;
  readonly requestTimeout: number;
}

const DEFAULT_REQUEST_TIMEOUT_MS = 10_000;

/** Runs the command line and answers with the exit code (see exit-code.ts). Errors are printed; it does not throw. */
export async function runConformance(world: ConformanceWorld): Promise<number> {
  return await runProgram(world, describeProgram(), (options: Options) => act(options, world));
}

function describeProgram(): Command {
  return new Command('npm run conformance --')
    .description('Is that server a valid queue? Checks every behaviour of the contract by HTTP, one line each.')
    .option('--target <url>', 'base URL of the server (default: the reference server, started for this)')
    .option('--token <token>', 'bearer token of every request')
    .option('--only <words>', 'only a section, or behaviours whose section, id or text contains the words')
    .option('--json', 'print the report as JSON and nothing else', false)
    .option('--allow-remote', 'judge a server that is not on this machine', false)
    .option('--request-timeout <ms>', 'time a request may take', parseMilliseconds, DEFAULT_REQUEST_TIMEOUT_MS);
}

async function act(options: Options, world: ConformanceWorld): Promise<number> {
  const behaviours = selectBehaviours(options.only, ALL_BEHAVIOURS);
  if (behaviours.length === 0) {
    const sections = [...new Set(ALL_BEHAVIOURS.map(({ section }) => section))].join(', ');
    throw new CommandError(EXIT_CODE.usage, `--only: no behaviour has the words "${options.only}"`, {
      hint: `sections are ${sections}`,
    });
  }
  using interruption = new Interruption();
  if (options.target !== undefined) {
    const baseUrl = parseTargetUrl(options.target, options.allowRemote);
    await requireListener(baseUrl);
    return await judge(baseUrl, behaviours, options, world, interruption.signal);
  }
  await using reference = await startReferenceTarget();
  return await judge(reference.baseUrl, behaviours, options, world, interruption.signal);
}

async function judge(
  baseUrl: string,
  behaviours: typeof ALL_BEHAVIOURS,
  { token, json, requestTimeout }: Options,
  { stdout, environment, prefix }: ConformanceWorld,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { colour } = terminalMode(stdout, environment);
  const printer = new OutcomePrinter((text) => (json ? undefined : stdout.write(text)), colour);
  const target = { baseUrl, token, requestTimeoutMs: requestTimeout };
  if (!json) stdout.write(`Is ${baseUrl} a valid queue? Everything made there is named ${prefix}-…\n`);
  const onOutcome = printer.take.bind(printer);
  const outcomes = await judgeTarget(target, behaviours, { prefix, signal, onOutcome });
  printer.finish();
  const exitCode = signal.aborted ? EXIT_CODE.interrupted : exitCodeOf(outcomes);
  if (json) stdout.write(jsonReport(baseUrl, outcomes, exitCode));
  else
    stdout.write(
      `\n${summaryLine(countOutcomes(outcomes))}${signal.aborted ? ' (interrupted)' : ''}\n${nextLine(exitCode)}`,
    );
  return exitCode;
}

/** What to do when not all is valid. */
function nextLine(exitCode: ExitCode): string {
  switch (exitCode) {
    case EXIT_CODE.passed:
      return '';
    case EXIT_CODE.interrupted:
      return '→ the rest was not asked; the same command asks all of it, --only <words> a part\n';
    default:
      return '→ the curl under a ✗ asks that one thing again; --only <words> asks a section or a behaviour\n';
  }
}

function parseMilliseconds(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= 600_000) return value;
  throw new InvalidArgumentError(`expected a whole number from 1 to 600000, got "${text}"`);
}
