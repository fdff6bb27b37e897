import { fileURLToPath } from 'node:url';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { serverProgram } from '../target/server-program.ts';

/** By how much a slowed variant of the server is slowed, in per cent of its own CPU time; each is a file in server/slowed/. */
export const SLOWDOWNS = [5, 10, 20] as const;

export type Slowdown = (typeof SLOWDOWNS)[number];

/** How the candidate is made worse on purpose, to see whether the gate sees it. */
export interface CandidateVariant {
  /** Per cent. */
  readonly slowed?: Slowdown | undefined;
  /** Name of a seeded defect, which loses or alters messages. */
  readonly defect?: string | undefined;
}

/** Main file of the candidate's server. Throws a CommandError (usage) for a variant there is not, or two at once. */
export function candidateProgram({ slowed, defect }: CandidateVariant): string {
  if (slowed === undefined) return serverProgram(defect ?? 'none');
  if (defect === undefined)
    return fileURLToPath(new URL(`../../server/slowed/by-${slowed}-percent.ts`, import.meta.url));
  throw new CommandError(EXIT_CODE.usage, '--candidate-slowed and --candidate-defect cannot both be had', {
    hint: 'a candidate is made worse in one way at a time',
  });
}
