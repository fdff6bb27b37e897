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

/** Starts to measure what this process spends; the returned function ends the window. */
export function startWindow(): () => WindowMeasure {
  const cpu = process.cpuUsage();
  const loop: EventLoopUtilization = performance.eventLoopUtilization();
  const fromUs = monotonicUs();
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    const { utilization } = performance.eventLoopUtilization(loop);
    return { fromUs, toUs: monotonicUs(), cpuUs: user + system, eventLoopUtilization: utilization };
  };
}
