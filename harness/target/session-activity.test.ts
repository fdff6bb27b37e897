import { expect, test } from 'vitest';
import { activitySamples } from './session-activity.ts';

const group = (state: string | null, waitType: string | null, waitEvent: string | null, sessions: number) => ({
  ...{ state, waitType, waitEvent },
  sessions,
});

test('sessions are counted by state, those at work by their wait; a look that saw none has seen 0, a gap nothing', () => {
  const looks = [
    {
      atMs: 100,
      groups: [
        group('active', null, null, 2),
        group('active', 'IO', 'WalSync', 3),
        group('idle', 'Client', 'ClientRead', 40),
        group('idle in transaction', 'Client', 'ClientRead', 1),
        group(null, null, null, 1),
      ],
    },
    { atMs: 300, groups: [group('idle', 'Client', 'ClientRead', 46)] },
  ];
  const gaps = [{ fromMs: 200, toMs: 300, reason: 'PostgreSQL is gone' }];
  const { source, atUs, series } = activitySamples(looks, gaps, 5_000_000);
  expect(source).toBe('sessions');
  expect(atUs).toEqual([5_100_000, 5_200_000, 5_300_000]);
  expect(series.map(({ metric, of, values }) => [metric, of, values])).toEqual([
    ['sessions', 'active', [5, null, 0]],
    ['sessions', 'idle', [40, null, 46]],
    ['sessions', 'idle in transaction', [1, null, 0]],
    ['sessions', 'not told', [1, null, 0]],
    ['waits', 'IO: WalSync', [3, null, 0]],
    ['waits', 'running', [2, null, 0]],
    ['waits', 'idle in transaction', [1, null, 0]],
  ]);
});

test('rare waits are shown as one', () => {
  const groups = Array.from({ length: 12 }, (_, index) => group('active', 'LWLock', `L${index}`, 12 - index));
  const { series } = activitySamples([{ atMs: 0, groups }], [], 0);
  const waits = series.filter(({ metric }) => metric === 'waits');
  expect(waits).toHaveLength(8);
  expect(waits.at(-1)).toEqual({ metric: 'waits', of: 'other', values: [5 + 4 + 3 + 2 + 1] });
});
