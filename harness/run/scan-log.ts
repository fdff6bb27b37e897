import { open, stat } from 'node:fs/promises';
import type { LogFindings, Missing } from '../history/evidence.ts';
import { LogProblems, type Trouble } from './log-problems.ts';
import { parsePostgresLine, troubleOfPostgres } from './postgres-log-line.ts';
import { troubleOfServer } from './server-log-line.ts';

/** How many bytes a log holds now: the `fromOffset` of a run that starts now, so that one log serves many runs. */
export async function logEnd(file: string): Promise<number> {
  return (await stat(file)).size;
}

/**
 * Reads the server's log: JSON lines as pino writes them, levels 40 and up being troubles. A line that is no such JSON
 * (a stack trace, a warning of the runtime) is a warning: a crash is seen from the processes themselves.
 * A file that cannot be read is Missing, with the reason.
 */
export function scanServerLog(file: string): Promise<LogFindings | Missing> {
  return scan('server log', file, 0, troubleOfServer);
}

/**
 * Reads PostgreSQL's log from a byte offset on. Needs `log_line_prefix = '%m [%p] %e %a '`; a log that has lines but not
 * one of this shape is Missing rather than clean.
 */
export async function scanPostgresLog(
  file: string,
  { fromOffset }: { readonly fromOffset: number },
): Promise<LogFindings | Missing> {
  let recognised = 0;
  const findings = await scan('PostgreSQL log', file, fromOffset, (line) => {
    const entry = parsePostgresLine(line);
    if (entry === undefined) return undefined;
    recognised += 1;
    return troubleOfPostgres(entry);
  });
  if ('lines' in findings && findings.lines > 0 && recognised === 0) {
    return { missing: `PostgreSQL log: none of ${findings.lines} lines has the expected log_line_prefix` };
  }
  return findings;
}

async function scan(
  source: string,
  file: string,
  fromOffset: number,
  judge: (line: string) => Trouble | undefined,
): Promise<LogFindings | Missing> {
  const problems = new LogProblems();
  let lines = 0;
  try {
    const sizeBytes = await logEnd(file);
    if (sizeBytes < fromOffset) return { missing: `${source}: it is shorter than at the start of the run (rotated?)` };
    await using handle = await open(file);
    for await (const line of handle.readLines({ start: fromOffset, autoClose: false })) {
      lines += 1;
      const trouble = judge(line);
      if (trouble !== undefined) problems.add(trouble);
    }
  } catch (error) {
    return { missing: `${source}: ${error instanceof Error ? error.message : String(error)}` };
  }
  return { source, lines, problems: problems.list() };
}
