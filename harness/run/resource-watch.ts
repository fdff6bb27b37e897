import type { Missing } from '../history/evidence.ts';
import type { ResourceSamples } from '../history/resource-samples.ts';
import type { RunClock } from '../history/run-clock.ts';
import { ResourceSampler } from '../target/resource-sampler.ts';
import type { ServerUnderTest } from '../target/server-under-test.ts';

/** What the server's processes hold through a run. Disposing it ends the sampling. */
export type ResourceWatch = Pick<ResourceSampler, 'readIdle' | typeof Symbol.asyncDispose> & {
  stop(): Promise<ResourceSamples | Missing>;
};

/** Two readings of idleness take two seconds of every run, so only a scenario that asks for the check `leaks` has them. */
export function watchResources(
  checks: readonly string[],
  server: ServerUnderTest | undefined,
  { monotonicUs }: RunClock,
): ResourceWatch {
  if (!checks.includes('leaks')) return nothing('the check leaks was not asked for');
  if (server === undefined) return nothing('the server was not started here, so nobody can look at its processes');
  return new ResourceSampler({ pid: () => server.pid, startedUs: monotonicUs });
}

function nothing(missing: string): ResourceWatch {
  return {
    readIdle: async () => undefined,
    stop: async () => ({ missing }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
