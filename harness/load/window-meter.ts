import { type EventLoopUtilization, performance } from 'node:perf_hooks';
import { monotonicUs } from '../measure/monotonic-clock.ts';

export interface WindowMeasure {
  readonly fromUs: number;
  readonly toUs: number;
  /** CPU time of this process, all its threads. */
  readonly cpuUs: number;
  /** Share of the window this process's event loop was busy, 0…1. */
  readonly eventLoopUtilization: number;
}

/** What this process has spent up to a moment at which a window may begin or end. */
export interface WindowMark {
  readonly atUs: number;
  readonly cpuUs: number;
  readonly loop: EventLoopUtilization;
}

/** A mark of this moment. */
export function markWindow(): WindowMark {
  const { user, system } = process.cpuUsage();
  return { atUs: monotonicUs(), cpuUs: user + system, loop: performance.eventLoopUtilization() };
}

/** What lies between two marks. */
export function windowBetween(from: WindowMark, to: WindowMark): WindowMeasure {
  const { utilization } = performance.eventLoopUtilization(to.loop, from.loop);
  return { fromUs: from.atUs, toUs: to.atUs, cpuUs: to.cpuUs - from.cpuUs, eventLoopUtilization: utilization };
}

/** Starts to measure what this process spends; the returned function ends the window. */
export function startWindow(): () => WindowMeasure {
  const from = markWindow();
  return () => windowBetween(from, markWindow());
}
