import { expect, test } from 'vitest';
import { ExpectationError, parseExpectation, unknownArm } from './expectation.ts';

test.each([
  ['lost == 0', { term: { metric: 'lost' }, operator: '==', value: 0 }],
  ['lost==0.5', { term: { metric: 'lost' }, operator: '==', value: 0.5 }],
  ['p99<20', { term: { metric: 'p99' }, operator: '<', value: 20 }],
  ['poolSize=150.refused == 1', { term: { arm: 'poolSize=150', metric: 'refused' } }],
  [
    '"push batch=1".throughput / push-legacy.throughput >= -1.3',
    { term: { arm: 'push batch=1' }, divisor: { arm: 'push-legacy', offset: 28 }, operator: '>=', value: -1.3 },
  ],
])('reads %s', (text, expectation) => {
  expect(parseExpectation(text)).toMatchObject(expectation);
});

test.each([
  ['', 0, 'expected a metric such as lost or push.throughput, got the end'],
  ['lost', 4, 'expected one of == != <= >= < >, got the end'],
  ['lost = 0', 5, 'expected one of == != <= >= < >, got "= 0"'],
  ['lost == none', 8, 'expected a number, got "none"'],
  ['throughput > 50k', 13, 'expected a number, got "50k"'],
  ['lost == 0 ms', 10, 'expected the end, got "ms"'],
  ['push.trougput > 1', 5, 'unknown metric "trougput"; did you mean "throughput"?'],
  ['push.p50 / push-legacy > 1', 11, 'unknown metric "push-legacy"; expected one of throughput, p50,'],
])('refuses %j at its character', (text, offset, message) => {
  const fault = faultOf(text);
  expect(fault?.offset).toBe(offset);
  expect(fault?.message).toContain(message);
});

test('names the arms there are', () => {
  const expectation = parseExpectation('a.p50 / c.p50 < 1');
  expect(unknownArm(expectation, ['a', 'c'])).toBeUndefined();
  expect(unknownArm(expectation, ['a', 'b batch=1'])).toMatchObject({
    offset: 8,
    message: 'expected one of the arms a, "b batch=1", got "c"',
  });
});

function faultOf(text: string): ExpectationError | undefined {
  try {
    parseExpectation(text);
    return undefined;
  } catch (error) {
    if (error instanceof ExpectationError) return error;
    throw error;
  }
}
