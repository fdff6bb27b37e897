import { otherSide, type Side } from './slice-order.ts';

/** Which side of the lead is measured, slice by slice: what drifts evenly hits both alike, also in every half of it. */
const TURNS = [true, false, false, true, true, false, false, true] as const;

/** Slices of one arm on each side of a block. */
export const SLICES_PER_SIDE = TURNS.length / 2;

/** The sides in the order in which they are measured: A B B A A B B A, where A leads. */
export function sliceSchedule(lead: Side): readonly Side[] {
  return TURNS.map((isLead) => (isLead ? lead : otherSide(lead)));
}

/**
 * Who leads in each of so many blocks: by chance, but in every two blocks each once. Whatever favours the first one is then
 * in the mean of an even number of blocks as often on the one side as on the other.
 */
export function leadsOf(blocks: number, random: () => number): readonly Side[] {
  const leads: Side[] = [];
  while (leads.length < blocks) {
    const first: Side = random() < 0.5 ? 'base' : 'candidate';
    leads.push(first, otherSide(first));
  }
  return leads.slice(0, blocks);
}
