import { describe, expect, it } from 'vitest';
import { sampleResult } from '../test/sample-result.ts';
import { ceilingOfArm, figureOfArm, provenArms } from './arm-figure.ts';

const result = sampleResult();
const [push, , lossy, refused] = result.arms;
if (push === undefined || lossy === undefined || refused === undefined) throw new Error('the sample has four arms');

describe('figureOfArm', () => {
  it('gives the throughput of a proven arm', () => {
    expect(figureOfArm(push, result.checks)).toEqual({ kind: 'figure', throughput: push.throughputMsgPerS });
  });

  it('withholds a throughput that stands in the result although the proof is not valid', () => {
    const leaky = { ...lossy, throughputMsgPerS: { median: 77_777, low: 1, high: 2 } };
    expect(figureOfArm(leaky, result.checks)).toEqual({ kind: 'none', reason: 'accounting invalid' });
    expect(figureOfArm({ ...leaky, verdict: 'unknown' }, result.checks)).toEqual({
      kind: 'none',
      reason: 'server-errors could not be judged',
    });
    expect(provenArms({ ...result, arms: [leaky] })).toEqual([]);
  });

  it('tells a refused arm from one that failed', () => {
    expect(figureOfArm(refused, result.checks)).toEqual({ kind: 'none', reason: 'the server refused to start' });
  });
});

describe('ceilingOfArm', () => {
  it('takes the ceiling of the same load and none of another', () => {
    const [ceiling] = result.ceilings;
    if (ceiling === undefined) throw new Error('the sample has a ceiling');
    const single = { ...ceiling, batch: 1 };
    expect(ceilingOfArm(push, [single, ceiling])).toBe(ceiling);
    expect(ceilingOfArm(push, [single])).toBeUndefined();
  });
});
