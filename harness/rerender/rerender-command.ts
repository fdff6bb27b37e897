import { Command, Option } from 'commander';
import { renderDefectsSummary } from '../cli/defects-summary.ts';
import { CommandError, EXIT_CODE, type ExitCode } from '../cli/exit-code.ts';
import { type ProgramWorld, runProgram } from '../cli/run-program.ts';
import { shownPath } from '../cli/shown-path.ts';
import { renderSummary } from '../cli/terminal.ts';
import { type TerminalMode, terminalMode } from '../cli/terminal-mode.ts';
import {
  defectsReportFiles,
  FILE_FORMATS,
  type FileFormat,
  type ReportFile,
  reportFiles,
  writeReportFiles,
} from '../report/report-file.ts';
import { readStoredResult, type StoredResult } from '../report/stored-result.ts';

type Format = FileFormat | 'all' | 'terminal';

interface Options {
  readonly format: Format;
  readonly json: boolean;
}

/** Runs the command line and answers with the exit code (see exit-code.ts). Errors are printed; it does not throw. */
export async function runRerender(world: ProgramWorld): Promise<number> {
  const program = new Command('npm run report --')
    .description('Renders a report again from its result.json; no server, no PostgreSQL.')
    .argument('[folder]', 'report folder', 'reports/latest')
    .addOption(
      new Option('--format <format>', 'what to render; terminal writes no file')
        .choices(['all', ...FILE_FORMATS, 'terminal'])
        .default('all'),
    )
    .option('--json', 'print the result as one line of JSON instead of the summary', false);
  return await runProgram(world, program, (folder: string, options: Options) => rerender(folder, options, world));
}

/** The exit code says whether it was rendered; what the run itself ended with stands in the result. */
async function rerender(
  path: string,
  { format, json }: Options,
  { stdout, environment }: ProgramWorld,
): Promise<ExitCode> {
  const stored = await readStoredResult(path);
  const files = await writeReportFiles(stored.folder, await render(stored, format));
  if (json) {
    stdout.write(`${JSON.stringify(stored.result)}\n`);
    return EXIT_CODE.passed;
  }
  stdout.write(`${summary(stored, terminalMode(stdout, environment))}\n`);
  if (files.length > 0) stdout.write(`\nrendered ${files.map(shownPath).join(', ')}\n`);
  return EXIT_CODE.passed;
}

async function render(stored: StoredResult, format: Format): Promise<readonly ReportFile[]> {
  if (format === 'terminal') return [];
  const formats = format === 'all' ? FILE_FORMATS : [format];
  if (stored.kind === 'run') return await reportFiles(stored.result, formats);
  const files = defectsReportFiles(stored.result, formats);
  if (files.length > 0) return files;
  throw new CommandError(EXIT_CODE.usage, `${stored.folder} is of a run of defects, which has no ${format} report.`, {
    hint: 'Its report is report.md and junit.xml: --format all, md, junit or terminal.',
  });
}

function summary(stored: StoredResult, { colour, width }: TerminalMode): string {
  const options = { colour, width, folder: shownPath(stored.folder) };
  return stored.kind === 'run' ? renderSummary(stored.result, options) : renderDefectsSummary(stored.result, options);
}
