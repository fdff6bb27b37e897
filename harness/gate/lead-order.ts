import type { PairedBlock } from './metric-samples.ts';

/**
 * Who leads in each block: random, so that nothing periodic on the machine can favour one version, but as often the one as the
 * other in every two blocks, so that an advantage of being first cancels out at every look.
 */
export function leadOrder(blocks: number, random: () => number): readonly PairedBlock['lead'][] {
  const leads: PairedBlock['lead'][] = [];
  while (leads.length < blocks) leads.push(...(random() < 0.5 ? BASE_FIRST : CANDIDATE_FIRST));
  return leads.slice(0, blocks);
}

const BASE_FIRST = ['base', 'candidate'] as const;
const CANDIDATE_FIRST = ['candidate', 'base'] as const;
