import { expect, test } from 'vitest';
import { WindowReadings } from './window-readings.ts';

test('the readings nearest to the two ends of the window count, whichever marks that were', async () => {
  let nowUs = 0;
  // A counter that grows by 7 a microsecond; reading it takes 4.
  const readings = new WindowReadings(
    async () => {
      const value = (nowUs + 2) * 7;
      nowUs += 4;
      return value;
    },
    () => nowUs,
  );
  for (const atUs of [0, 1_000, 2_000, 3_000, 4_000]) {
    nowUs = atUs;
    readings.mark();
    await Promise.resolve();
  }
  nowUs = 90_000;
  const [from, to] = await readings.nearest(990, 3_010);
  expect([from, to]).toEqual([
    { atUs: 1_002, value: 1_002 * 7 },
    { atUs: 3_002, value: 3_002 * 7 },
  ]);
});

test('without a mark at the end the moment of asking counts', async () => {
  let nowUs = 5;
  const readings = new WindowReadings(
    async () => nowUs,
    () => nowUs,
  );
  readings.mark();
  await Promise.resolve();
  nowUs = 2_000;
  expect((await readings.nearest(0, 1_500)).map(({ value }) => value)).toEqual([5, 2_000]);
});

test('a reading that fails is thrown to whoever asks', async () => {
  const readings = new WindowReadings(
    async () => {
      throw new Error('gone');
    },
    () => 0,
  );
  readings.mark();
  await expect(readings.nearest(0, 1)).rejects.toThrow('gone');
});
