import type { FaultResult, Result } from './result.ts';

/** A fault as it is shown; all of it text. */
export interface FaultFigure {
  readonly arm: string;
  readonly round: number;
  /** `network-cut (database)`. */
  readonly fault: string;
  /** `2.1–4.6 s` since the measured window began; `2.1 s` when it was over at once. */
  readonly when: string;
  readonly outcome: FaultResult['outcome'];
  readonly detail: string;
}

/** Faults that were asked for, in the order in which they were begun, arm by arm. */
export function faultFigures({ arms }: Pick<Result, 'arms'>): readonly FaultFigure[] {
  return arms.flatMap(({ name, faults = [] }) =>
    faults.map(({ round, kind, between, fromMs, toMs, outcome, detail }) => ({
      arm: name,
      round,
      fault: between === null ? kind : `${kind} (${between})`,
      when: spanText(fromMs, toMs),
      outcome,
      detail,
    })),
  );
}

function spanText(fromMs: number, toMs: number | null): string {
  const [from, to] = [seconds(fromMs), toMs === null ? undefined : seconds(toMs)];
  if (to === undefined) return `${from} s, never healed`;
  return from === to ? `${from} s` : `${from}–${to} s`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}
