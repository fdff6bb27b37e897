import { expect, test } from 'vitest';
import { sampleResult } from '../test/sample-result.ts';
import { faultFigures } from './fault-figure.ts';

test('each fault says where, when and with what outcome', () => {
  const figures = faultFigures(sampleResult());
  expect(figures.map(({ fault, when, outcome }) => `${fault} ${when} ${outcome}`)).toEqual([
    'postgres-kill 2.0–4.5 s injected',
    'network-cut (clients) -0.5 s injected',
    'buffer-disk-full 3.0 s, never healed impossible',
  ]);
  expect(faultFigures({ arms: [] })).toEqual([]);
});
