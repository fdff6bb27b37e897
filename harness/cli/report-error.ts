import { CommandError, EXIT_CODE } from './exit-code.ts';

/** Prints why a command ended, with what to do about it, and answers with its exit code. */
export function reportError(error: unknown, stderr: NodeJS.WriteStream): number {
  if (error instanceof CommandError) {
    stderr.write(`${error.message}\n→ ${error.hint}\n`);
    return error.exitCode;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  stderr.write(`queueproof itself failed: ${text}\n→ This is a defect; please report it with the lines above.\n`);
  return EXIT_CODE.internal;
}
