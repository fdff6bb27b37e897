import { appendFile, stat } from 'node:fs/promises';
import type { DefectsResult } from '../report/defects-result.ts';
import { defectsAnnotations, resultAnnotations } from '../report/github/annotations.ts';
import { renderDefectsStepSummary, renderStepSummary } from '../report/github/step-summary.ts';
import { type Annotation, annotationLines } from '../report/github/workflow-command.ts';
import { printable } from '../report/printable.ts';
import type { Result } from '../report/result.ts';

export interface GitHubStepOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What the step prints; GitHub reads commands from both of its outputs. */
  readonly output: { write(text: string): unknown };
  /** A summary that cannot be written is told here. */
  readonly stderr: { write(text: string): unknown };
  /** Nobody can know it beforehand. */
  readonly token: string;
}

/** GitHub refuses the whole summary of a step that is longer than this. */
const MOST_SUMMARY_BYTES = 1024 * 1024;

/**
 * The step of a GitHub workflow that this process runs in; nothing at all elsewhere. A line that begins with `::` is a command
 * there, and much that is printed comes from outside: from its making until a result is told, or it is disposed, no line is one.
 */
export class GitHubStep implements Disposable {
  readonly #options: GitHubStepOptions;
  #isSilent: boolean;

  constructor(options: GitHubStepOptions) {
    this.#options = options;
    this.#isSilent = options.environment.GITHUB_ACTIONS === 'true';
    if (this.#isSilent) options.output.write(`::stop-commands::${options.token}\n`);
  }

  /** Announces a result; `folder` is where its report is. */
  async tell(result: Result | DefectsResult, folder: string): Promise<void> {
    if ('trials' in result) await this.announce(defectsAnnotations(result), renderDefectsStepSummary(result, folder));
    else await this.announce(resultAnnotations(result), renderStepSummary(result, folder));
  }

  /**
   * Annotates where GITHUB_ACTIONS is true, and appends the Markdown to the file that GITHUB_STEP_SUMMARY names. Neither changes
   * an exit code: a summary that cannot be written is a warning.
   */
  async announce(annotations: readonly Annotation[], markdown: string): Promise<void> {
    const { environment, output } = this.#options;
    this[Symbol.dispose]();
    if (environment.GITHUB_ACTIONS === 'true') {
      for (const line of annotationLines(annotations)) output.write(`${line}\n`);
    }
    await this.#summarise(markdown);
  }

  [Symbol.dispose](): void {
    if (!this.#isSilent) return;
    this.#isSilent = false;
    this.#options.output.write(`::${this.#options.token}::\n`);
  }

  async #summarise(markdown: string): Promise<void> {
    const { environment, stderr } = this.#options;
    const file = environment.GITHUB_STEP_SUMMARY;
    if (file === undefined || file === '') return;
    const failure = await appendSummary(file, markdown);
    if (failure === undefined) return;
    stderr.write(
      `! The step summary was not written (GITHUB_STEP_SUMMARY=${printable(file)}): ${printable(failure)}\n`,
    );
  }
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
