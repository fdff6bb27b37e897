import { expect, test } from 'vitest';
import { AllocationMeter } from './allocation-meter.ts';

/** More than one generation of V8's young objects holds, so that collections take part of it away. */
function allocate(arrays: number): number {
  let kept = 0;
  for (let index = 0; index < arrays; index += 1) kept += new Array(1_000).fill(index + 0.5).length;
  return kept;
}

test('what collections took away is counted, too, and twice the work is twice the bytes', () => {
  const meter = new AllocationMeter();
  allocate(20_000);
  const before = meter.read();
  allocate(20_000);
  const once = meter.read() - before;
  allocate(40_000);
  const twice = meter.read() - before - once;
  meter.close();
  // Eight bytes an element.
  expect(once).toBeGreaterThan(20_000 * 8_000);
  expect(twice / once).toBeGreaterThan(1.9);
  expect(twice / once).toBeLessThan(2.1);
});
