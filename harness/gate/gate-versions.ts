import { fileURLToPath, pathToFileURL } from 'node:url';
import { serverProgram } from '../target/server-program.ts';
import { checkOutBase } from './base-tree.ts';
import { type CandidateVariant, candidateProgram } from './candidate-program.ts';
import { type GitBase, resolveBase, shortId } from './git-base.ts';
import type { GateVersion } from './run-gate.ts';
import type { Sides } from './slice-order.ts';

/** The two versions, ready to be started. Disposing it removes what was checked out for the base. */
export interface GateVersions extends AsyncDisposable {
  readonly versions: Sides<GateVersion>;
  /** What the reader has to know about them. */
  readonly notes: readonly string[];
}

const PROJECT = new URL('../../', import.meta.url);

/** Another commit against the working tree. Throws what resolveBase and checkOutBase throw. */
export async function versionsAgainst(
  ref: string,
  variant: CandidateVariant,
  signal: AbortSignal,
): Promise<GateVersions> {
  const project = fileURLToPath(PROJECT);
  const program = candidateProgram(variant);
  const git = await resolveBase(project, ref);
  const tree = await checkOutBase(git, project, signal);
  const candidate = candidateOf(git, variant);
  return {
    versions: {
      base: {
        label: baseLabel(git),
        commit: git.commit,
        detail: `${git.subject}; ${tree.installation}`,
        program: tree.program,
        projectUrl: `${pathToFileURL(tree.folder).href}/`,
      },
      candidate: { ...candidate, program, projectUrl: PROJECT.href },
    },
    notes: [...notesOn(git), ...variantNotes(variant)],
    [Symbol.asyncDispose]: () => tree[Symbol.asyncDispose](),
  };
}

/** Which two versions {@link versionsAgainst} would take, in words. Throws what resolveBase throws. */
export async function againstWords(ref: string): Promise<string> {
  const git = await resolveBase(fileURLToPath(PROJECT), ref);
  return `${candidateOf(git, {}).label} against ${baseLabel(git)}`;
}

function baseLabel({ ref, commit }: GitBase): string {
  return `${ref} (${shortId(commit)})`;
}

/** The working tree against itself: two arms of it, or a variant that was made worse on purpose. */
export function versionsOfOne(labels: Sides<string>, variant: CandidateVariant): GateVersions {
  const one = { commit: null, detail: 'the working tree', projectUrl: PROJECT.href };
  return {
    versions: {
      base: { ...one, label: labels.base, program: serverProgram('none') },
      candidate: { ...one, label: `${labels.candidate}${variantWords(variant)}`, program: candidateProgram(variant) },
    },
    notes: variantNotes(variant),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

function candidateOf(
  { candidate }: GitBase,
  variant: CandidateVariant,
): Pick<GateVersion, 'label' | 'commit' | 'detail'> {
  const where = candidate.isDirty ? 'working tree' : shortId(candidate.commit);
  return {
    label: `${where}${variantWords(variant)}`,
    commit: candidate.isDirty ? null : candidate.commit,
    detail: candidate.isDirty ? `on ${shortId(candidate.commit)}, with changes that are in no commit` : 'as committed',
  };
}

function notesOn({ commit, candidate }: GitBase): readonly string[] {
  if (candidate.isDirty) return ['the candidate is the working tree, which has changes that are in no commit'];
  if (commit === candidate.commit) return ['base and candidate are the same commit: there is nothing to be found'];
  return [];
}

function variantWords({ slowed, defect }: CandidateVariant): string {
  if (slowed !== undefined) return `, slowed by ${slowed} %`;
  return defect === undefined ? '' : ` with the defect ${defect}`;
}

function variantNotes(variant: CandidateVariant): readonly string[] {
  const words = variantWords(variant);
  return words === '' ? [] : [`the candidate was made worse on purpose${words.replace(/^,/, ':')}`];
}
