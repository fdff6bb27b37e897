/** How a server answers whose times are known: every request after `serviceMs`, but none during a stall. */
export interface ServerModel {
  readonly serviceMs: number;
  /** Every period ends with a stall of `stallMs`; the first period begins with the first request. */
  readonly periodMs: number;
  /** What would be answered in a stall is answered at its end. 0: there are none. */
  readonly stallMs: number;
}

/** Answers at once. */
export const ECHO: ServerModel = Object.freeze({ serviceMs: 0, periodMs: 1_000, stallMs: 0 });

/** When a request is answered that arrives then; both microseconds since the first request arrived. */
export function answerUs({ serviceMs, periodMs, stallMs }: ServerModel, arrivalUs: number): number {
  const doneUs = arrivalUs + serviceMs * 1_000;
  const phaseUs = doneUs % (periodMs * 1_000);
  const isStalled = phaseUs >= (periodMs - stallMs) * 1_000;
  return isStalled ? doneUs - phaseUs + periodMs * 1_000 : doneUs;
}

/**
 * Latency of each request from its intended time, microseconds, if a client sends it over the first of its connections that
 * is free and all else takes no time. Intended times ascend; they and the stalls count from the first of them.
 */
export function predictedLatenciesUs(
  model: ServerModel,
  intendedUs: readonly number[],
  connections: number,
): readonly number[] {
  const freeAtUs = new Float64Array(connections);
  const firstUs = intendedUs[0] ?? 0;
  return intendedUs.map((atUs) => {
    let soonest = 0;
    for (const [connection, freeUs] of freeAtUs.entries()) {
      if (freeUs < (freeAtUs[soonest] ?? 0)) soonest = connection;
    }
    const answeredUs = answerUs(model, Math.max(atUs - firstUs, freeAtUs[soonest] ?? 0));
    freeAtUs[soonest] = answeredUs;
    return answeredUs - (atUs - firstUs);
  });
}
