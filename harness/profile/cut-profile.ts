import type { Profiler } from 'node:inspector';

/** The end of a CPU profile, from `fromUs` on the profile's own clock, as a profile that DevTools opens. */
export function cutProfile(profile: Profiler.Profile, fromUs: number): Profiler.Profile {
  const { nodes, startTime, samples = [], timeDeltas = [] } = profile;
  const kept: { readonly id: number; readonly deltaUs: number }[] = [];
  const hits = new Map<number, number>();
  let [atUs, lastUs] = [startTime, fromUs];
  for (const [index, id] of samples.entries()) {
    atUs += timeDeltas[index] ?? 0;
    if (atUs < fromUs) continue;
    kept.push({ id, deltaUs: atUs - lastUs });
    lastUs = atUs;
    hits.set(id, (hits.get(id) ?? 0) + 1);
  }
  return {
    ...profile,
    nodes: nodes.map((node) => ({ ...node, hitCount: hits.get(node.id) ?? 0 })),
    startTime: fromUs,
    samples: kept.map(({ id }) => id),
    timeDeltas: kept.map(({ deltaUs }) => deltaUs),
  };
}
