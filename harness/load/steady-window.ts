import { type WindowMark, type WindowMeasure, windowBetween } from './window-meter.ts';

/** The measured window that was settled on. */
export interface SteadyWindow extends WindowMeasure {
  /** How much later it began, and so ended, than was asked for. */
  readonly extendedMs: number;
}

export interface WindowDuties {
  /** Waits so long; true when the load was over before. */
  endsWithin(lengthMs: number): Promise<boolean>;
  /** Whether what was measured between the two drifts or varies so much that another window is worth waiting for. */
  isUnsteady(fromUs: number, toUs: number): boolean;
  /** Called at every moment at which the window may begin or end. */
  mark(): WindowMark;
}

/** A window is extended by a quarter of itself at most, so that little is measured in vain. */
const MIN_STEPS = 4;

/**
 * Measures a window of `durationMs`; while it is unsteady it moves on by a step, so that its oldest part counts as warm-up, at most
 * by `extendMs` in all. Several looks find an accidentally steady window more often than one look would: what is left of the trend
 * is therefore judged and told again with the result.
 *
 * A load that is over early answers for the whole window that it should have lasted, with nothing in the rest of it.
 */
export async function steadyWindow(
  { durationMs, extendMs }: { readonly durationMs: number; readonly extendMs: number },
  duties: WindowDuties,
): Promise<SteadyWindow> {
  const steps = extendMs > 0 ? Math.ceil(durationMs / Math.min(extendMs, durationMs / MIN_STEPS)) : 1;
  const stepMs = durationMs / steps;
  const maxMarks = 1 + steps + Math.floor(extendMs / stepMs);
  const first = duties.mark();
  const marks: WindowMark[] = [first];
  const ofLast = (to: WindowMark, count: number): SteadyWindow => {
    const from = marks.at(-count) ?? first;
    return { ...windowBetween(from, to), extendedMs: (from.atUs - first.atUs) / 1_000 };
  };
  for (;;) {
    if (await duties.endsWithin(stepMs)) {
      const cut = ofLast(duties.mark(), steps);
      return { ...cut, toUs: cut.fromUs + durationMs * 1_000 };
    }
    marks.push(duties.mark());
    if (marks.length <= steps) continue;
    const window = ofLast(marks.at(-1) ?? first, steps + 1);
    if (marks.length >= maxMarks || !duties.isUnsteady(window.fromUs, window.toUs)) return window;
  }
}
