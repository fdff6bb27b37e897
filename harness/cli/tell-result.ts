import type { DefectsResult } from '../report/defects-result.ts';
import { defectsAnnotations, resultAnnotations } from '../report/github/annotations.ts';
import { renderDefectsStepSummary, renderStepSummary } from '../report/github/step-summary.ts';
import type { Result } from '../report/result.ts';
import { type GitHubStep, tellGitHub } from './github-step.ts';

/** Tells the workflow that runs this, if one does, of a result; `folder` is where its report is. */
export async function tellResult(step: GitHubStep, result: Result | DefectsResult, folder: string): Promise<void> {
  if ('trials' in result) {
    await tellGitHub(step, defectsAnnotations(result), renderDefectsStepSummary(result, folder));
  } else {
    await tellGitHub(step, resultAnnotations(result), renderStepSummary(result, folder));
  }
}
