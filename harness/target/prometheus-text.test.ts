import { expect, test } from 'vitest';
import { readMetrics } from './prometheus-text.ts';

const read = (text: string, ...names: readonly string[]) => readMetrics(text, new Set(names));

test('values are read with their labels, whatever stands in those; nothing else is read', () => {
  const text = String.raw`# HELP busy Share of the time.
# TYPE busy gauge
busy{worker="1"} 0.25
busy{worker="2",note="a \"b\", {c} \\ d\ne"} 1e-3 1700000000000
busy_total{worker="1"} 7

idle 3
other{broken
`;
  expect(read(text, 'busy', 'idle')).toEqual([
    { name: 'busy', labels: { worker: '1' }, value: 0.25 },
    { name: 'busy', labels: { worker: '2', note: 'a "b", {c} \\ d\ne' }, value: 0.001 },
    { name: 'idle', labels: {}, value: 3 },
  ]);
});

test.each([
  'busy',
  'busy 1 2 3',
  'busy NaN',
  'busy Nan',
  'busy +Inf',
  'busy{worker="1" 1',
  'busy{worker=1} 1',
  'busy{worker="1";node="2"} 1',
])('%s is refused, and quoted', (line) => {
  expect(() => read(`${line}\n`, 'busy')).toThrow(`with a number: ${line}`);
});
