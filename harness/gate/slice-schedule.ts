import { otherSide, type Side } from './slice-order.ts';

/** Which side of the lead is measured, slice by slice: what drifts evenly hits both alike, also in every half of it. */
const TURNS = [true, false, false, true, true, false, false, true] as const;

/** Slices of one arm on each side of a block. */
export const SLICES_PER_SIDE = TURNS.length / 2;

/** The sides in the order in which they are measured: A B B A A B B A, where A leads. */
export function sliceSchedule(lead: Side): readonly Side[] {
  return TURNS.map((isLead) => (isLead ? lead : otherSide(lead)));
}
