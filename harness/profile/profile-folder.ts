import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { renderProfileMarkdown } from '../report/profile-markdown.ts';
import type { ProfileRecord } from '../report/profile-record.ts';

/** Holds what a profiler wrote; in the report folder. */
export const PROFILE_FOLDER = 'profile';

const KEPT_FUNCTIONS = 25;

/** Keeps the most expensive functions, writes `profile.md` beside the profiles, and answers with all that is for the report. */
export async function keepProfile(reportFolder: string, profile: ProfileRecord): Promise<ProfileRecord> {
  const { costs, files, ...rest } = profile;
  const file = `${PROFILE_FOLDER}/profile.md`;
  const kept = {
    ...rest,
    ...(costs === undefined ? {} : { costs: { ...costs, functions: costs.functions.slice(0, KEPT_FUNCTIONS) } }),
    files: [file, ...files],
  };
  await writeFile(join(reportFolder, file), renderProfileMarkdown(kept));
  return kept;
}
