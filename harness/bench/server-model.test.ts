import { expect, test } from 'vitest';
import { answerUs, predictedLatenciesUs, type ServerModel } from './server-model.ts';

/** Ends of stalls at 1 s, 2 s, …, beginnings 0.4 s before. */
const STALLING: ServerModel = { serviceMs: 100, periodMs: 1_000, stallMs: 400 };

test('what would be answered in a stall is answered at its end', () => {
  const answers = [0, 499_000, 500_000, 800_000, 899_000, 900_000, 1_499_000, 1_500_000];
  expect(answers.map((arrivalUs) => answerUs(STALLING, arrivalUs) / 1_000)).toEqual([
    100, 599, 1_000, 1_000, 1_000, 1_000, 1_599, 2_000,
  ]);
});

test('with connections enough only the server is waited for', () => {
  const latencies = predictedLatenciesUs(STALLING, [5_000_000, 5_300_000, 5_600_000, 5_950_000], 4);
  expect(latencies.map((us) => us / 1_000)).toEqual([100, 100, 400, 100]);
});

test('with too few of them requests wait for each other, and their latency counts from when they were due', () => {
  const latencies = predictedLatenciesUs(STALLING, [0, 0, 10_000, 520_000, 550_000], 1);
  expect(latencies.map((us) => us / 1_000)).toEqual([100, 200, 290, 480, 550]);
});
