import { expect, test } from 'vitest';
import { sampleBlock } from '../test/sample-block.ts';
import { requiredMetrics, samplesOf } from './block-samples.ts';

const told = {
  serverCpuUs: 10_000,
  serverLoopCpuUs: undefined,
  postgresCpuUs: undefined,
  statements: 5000,
  writeTransactions: 4000,
  walBytes: 0,
};

test('a speed is messages by time, a cost is what was spent by the messages it was spent on', () => {
  const samples = samplesOf([sampleBlock({ number: 1, lead: 'base', ratio: 0.8 })]);
  expect(samples.map(({ metric }) => metric.name)).toEqual(['throughput', 'serverCpuUs']);
  expect(samples[0]?.blocks).toEqual([{ lead: 'base', base: 1000, candidate: 800 }]);
  expect(samples[1]?.blocks).toEqual([{ lead: 'base', base: 10, candidate: 12.5 }]);
});

test('slices are added up before they are divided', () => {
  const one = sampleBlock({ number: 1, slice: { messages: 100, windowUs: 1_000_000 } });
  const other = sampleBlock({ number: 1, slice: { messages: 700, windowUs: 3_000_000 } });
  const [throughput] = samplesOf([{ ...one, slices: [...one.slices, ...other.slices] }]);
  expect(throughput?.blocks[0]).toMatchObject({ base: 200, candidate: 200 });
});

test('what one side does not tell is a missing block of a metric that is required, never a figure', () => {
  const block = sampleBlock({ number: 1, slice: { spent: told } });
  const [base, candidate] = block.slices;
  if (base === undefined || candidate === undefined) throw new Error('a block without slices');
  const silent = { ...candidate, spent: { ...told, statements: undefined } };
  const half = { ...block, slices: [base, silent] };
  expect(requiredMetrics(half)).toContainEqual({ arm: 'push', metric: 'statementsPerTransaction' });
  expect(samplesOf([half]).find(({ metric }) => metric.name === 'statementsPerTransaction')?.blocks).toEqual([]);
  expect(requiredMetrics(half).some(({ metric }) => metric === 'postgresCpuUs')).toBe(false);
});

test('a cost that some slices of a side do not tell is not made of the others', () => {
  const block = sampleBlock({ number: 1, slice: { spent: told } });
  const [base, candidate] = block.slices;
  if (base === undefined || candidate === undefined) throw new Error('a block without slices');
  const silent = { ...candidate, spent: { ...told, statements: undefined } };
  const samples = samplesOf([{ ...block, slices: [base, candidate, silent] }]);
  expect(samples.find(({ metric }) => metric.name === 'statementsPerTransaction')?.blocks).toEqual([]);
  expect(samples.find(({ metric }) => metric.name === 'serverCpuUs')?.blocks).toHaveLength(1);
});

test('an amount of nothing has no ratio', () => {
  const samples = samplesOf([sampleBlock({ number: 1, slice: { spent: told } })]);
  expect(samples.find(({ metric }) => metric.name === 'walBytes')?.blocks).toEqual([]);
});
