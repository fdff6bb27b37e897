import { appendFile, stat } from 'node:fs/promises';
import { type Annotation, annotationLines } from '../report/github/workflow-command.ts';
import { printable } from '../report/printable.ts';

/** Where a step of a GitHub workflow may be told of a result. */
export interface GitHubStep {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Annotations are read from here; GitHub reads both outputs of a step. */
  readonly output: { write(text: string): unknown };
  /** A summary that cannot be written is told here. */
  readonly stderr: { write(text: string): unknown };
}

/** GitHub refuses the whole summary of a step that is longer than this. */
const MOST_SUMMARY_BYTES = 1024 * 1024;

/**
 * Tells a workflow run of a result: annotations where GITHUB_ACTIONS is true, `markdown` behind what is in the file that
 * GITHUB_STEP_SUMMARY names. Neither changes an exit code: a summary that cannot be written is a warning.
 */
export async function tellGitHub(
  { environment, output, stderr }: GitHubStep,
  annotations: readonly Annotation[],
  markdown: string,
): Promise<void> {
  if (environment.GITHUB_ACTIONS === 'true') {
    for (const line of annotationLines(annotations)) output.write(`${line}\n`);
  }
  const file = environment.GITHUB_STEP_SUMMARY;
  if (file === undefined || file === '') return;
  const failure = await appendSummary(file, markdown);
  if (failure === undefined) return;
  stderr.write(`! The step summary was not written (GITHUB_STEP_SUMMARY=${printable(file)}): ${printable(failure)}\n`);
}

/** Why the summary is not in the file; undefined when it is. */
async function appendSummary(file: string, markdown: string): Promise<string | undefined> {
  try {
    const written = await sizeOf(file);
    const text = written === 0 ? markdown : `\n${markdown}`;
    if (written + Buffer.byteLength(text) > MOST_SUMMARY_BYTES) {
      return `it holds ${written} bytes, and GitHub takes ${MOST_SUMMARY_BYTES} of a step`;
    }
    await appendFile(file, text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
}
