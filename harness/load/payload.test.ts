import { expect, test } from 'vitest';
import { payloadFormat } from './payload.ts';
import { pushBodyWriter } from './push-body.ts';

const NUMBERS = [0, 9, 10, 99_999, 4_294_967_295];

test.each([64, 100, 20_000])('a payload of %i bytes has exactly that size, and is recognised', (payloadBytes) => {
  const format = payloadFormat('r1', payloadBytes);
  for (const number of NUMBERS) {
    const text = format.encode(number);
    expect(Buffer.byteLength(text)).toBe(payloadBytes);
    expect(JSON.stringify(JSON.parse(text))).toBe(text);
    expect(format.matches(number, JSON.parse(text))).toBe(true);
  }
});

test('any difference is noticed', () => {
  const format = payloadFormat('r1', 100);
  const sent = JSON.parse(format.encode(12));
  const altered = [
    { ...sent, n: 13 },
    { ...sent, n: '12' },
    { ...sent, r: 'r2' },
    { ...sent, pad: `${sent.pad}x` },
    { ...sent, pad: sent.pad.slice(1) },
    { ...sent, more: 1 },
    { r: 'r1', n: 12 },
    format.encode(12),
    [sent],
    null,
    undefined,
  ];
  for (const data of altered) expect(format.matches(12, data), JSON.stringify(data)).toBe(false);
  expect(format.matches(13, sent)).toBe(false);
});

test('a run id without room or in need of escaping is refused', () => {
  expect(() => payloadFormat('r'.repeat(40), 64)).toThrow('needs payloads of 72 bytes, not 64');
  for (const runId of ['', 'a-b', 'a"b', 'é']) expect(() => payloadFormat(runId, 100)).toThrow(RangeError);
});

test('a push body is the JSON of the contract', () => {
  const write = pushBodyWriter({ runId: 'r1', queue: 'a "queue"', payloadBytes: 64, partitions: 3 });
  const { encode } = payloadFormat('r1', 64);
  expect(JSON.parse(write(2, 8, 3))).toEqual({
    items: [8, 9, 10].map((number) => ({
      queue: 'a "queue"',
      partition: 'p2',
      payload: JSON.parse(encode(number)),
      transactionId: `r1-${number}`,
    })),
  });
  expect(JSON.parse(write(0, 5, 1)).items).toHaveLength(1);
});

test('the marker stands in every payload, whatever its number, and quoting leaves it as it is', () => {
  for (const payloadBytes of [64, 100, 10_000]) {
    const { encode, marker } = payloadFormat('r1', payloadBytes);
    expect(marker.length).toBeGreaterThanOrEqual(16);
    for (const number of [0, 99, 4_000_000_000]) {
      expect(encode(number)).toContain(marker);
      expect(JSON.stringify(JSON.stringify(encode(number)))).toContain(marker);
    }
  }
});
