import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProgress } from '../cli/progress.ts';
import type { Result } from '../report/result.ts';
import { runScenario } from '../run/run-scenario.ts';
import { planScenario } from '../scenario/plan-scenario.ts';

/** A whole small run on a server whose database is not known, its reports included. Throws what `runScenario` throws. */
export async function runOnTarget(baseUrl: string, { drain = 'autoAck', batch = 10 } = {}): Promise<Result> {
  const scenario = {
    question: 'What is that?',
    queue: { lease: '1s' },
    load: { messages: 200, batch, partitions: 2, closed: { connections: 2 } },
    drain: { mode: drain, consumers: 2, batch: 50 },
  };
  const plan = planScenario({ name: 'x', file: 'x.yaml', text: JSON.stringify(scenario) }, { sets: [], quick: false });
  const reportsRoot = await mkdtemp(join(tmpdir(), 'queueproof-on-target-'));
  try {
    const { result } = await runScenario({
      plan,
      reportsRoot,
      seed: 1,
      command: 'npm run scenario',
      progress: createProgress({ stream: { write: () => undefined }, live: false, colour: false }),
      target: { baseUrl, postgresUrl: undefined, poolSize: undefined },
      signal: new AbortController().signal,
    });
    return result;
  } finally {
    await rm(reportsRoot, { recursive: true, force: true });
  }
}

/** Verdict and summary of one check. */
export function findingOf({ checks }: Result, name: string): string {
  const check = checks.find((candidate) => candidate.name === name);
  return `${check?.verdict}: ${check?.summary}`;
}
