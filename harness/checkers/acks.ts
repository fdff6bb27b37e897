import { isMissing, type RunEvidence } from '../history/evidence.ts';
import type { CheckResult } from './verdict.ts';
import { Violations } from './violations.ts';

const ACK_VIOLATIONS = [
  /** An ack of a leased message, answered with anything but `completed`. */
  'refused',
  /** Delivered again although its ack had been answered `completed`. */
  'redelivered',
] as const;

/**
 * Every ack of a delivered message was answered `completed`, and no message came again after that. For runs whose
 * consumers acknowledge by request; that each message came once, unaltered, is for accounting to say.
 */
export function checkAcks({ acks }: RunEvidence): CheckResult {
  if (isMissing(acks)) {
    return {
      name: 'acks',
      verdict: 'unknown',
      summary: `cannot be judged: ${acks.missing}`,
      counts: {},
      witness: [],
    };
  }
  const { sent, completed, refused, redelivered } = acks;
  const violations = new Violations(ACK_VIOLATIONS);
  violations.addCounted('refused', refused);
  violations.addCounted('redelivered', redelivered);
  const result = { name: 'acks', counts: { sent, completed, ...violations.counts }, witness: violations.witness };
  if (violations.summary !== '') {
    return { ...result, verdict: 'invalid', summary: `of ${figure(sent)} acks: ${violations.summary}` };
  }
  if (sent === 0) return { ...result, verdict: 'unknown', summary: 'cannot be judged: no message was acknowledged' };
  return {
    ...result,
    verdict: 'valid',
    summary: `all ${figure(sent)} acks were completed, nothing came again after its ack`,
  };
}

function figure(count: number): string {
  return count.toLocaleString('en-GB');
}
