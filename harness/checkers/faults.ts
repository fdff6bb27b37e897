import type { RunEvidence } from '../history/evidence.ts';
import type { FaultRecord } from '../history/fault-record.ts';
import { Judgement } from './judgement.ts';
import type { CheckResult } from './verdict.ts';

/**
 * Every fault that was asked for was begun, was seen to be in effect and was healed. It says nothing about the server: a run
 * whose faults did not happen proves nothing, and is `unknown`.
 */
export function checkFaults({ faults, promises }: RunEvidence): CheckResult {
  const judgement = new Judgement('faults');
  if (promises.faults.length === 0 && faults.length === 0)
    return judgement.result({ faults: 0 }, 'no faults asked for');
  for (const kind of new Set(promises.faults)) {
    const asked = promises.faults.filter((planned) => planned === kind).length;
    const begun = faults.filter((fault) => fault.kind === kind).length;
    if (begun < asked) judgement.lack(`${asked} × ${kind} was asked for, ${begun} begun`);
  }
  for (const fault of faults) {
    const flaw = flawOf(fault);
    if (flaw !== undefined) judgement.lack(`${fault.kind} ${flaw}`);
  }
  const kinds = Map.groupBy(faults, ({ kind }) => kind);
  const counts = Object.fromEntries([...kinds].map(([kind, of]) => [kind, of.length]));
  const names = [...kinds].map(([kind, of]) => (of.length === 1 ? kind : `${of.length} × ${kind}`)).join(', ');
  return judgement.result({ faults: faults.length, ...counts }, `${names}: all in effect, all healed`);
}

function flawOf({ outcome, injectedUs, healedUs, detail }: FaultRecord): string | undefined {
  if (outcome === 'impossible') return `cannot be done here: ${detail}`;
  if (outcome === 'failed') return `went wrong: ${detail}`;
  if (injectedUs === undefined) return 'was never seen to be in effect';
  return healedUs === undefined ? 'was never seen to be healed' : undefined;
}
