import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { PlannedRun } from '../scenario/scenario.ts';
import { createProgress, type ProgressUpdate } from './progress.ts';
import { textWidth } from './text-width.ts';

const planned = { arm: { name: 'push batch=100 \u001b[2Jwith a long name' }, round: 2 } as PlannedRun;
const state: ProgressUpdate = { phase: 'measure', elapsedMs: 6200, totalMs: 10_000, msgPerS: 41_200, errors: 0 };

function record(columns: number | undefined) {
  const writes: string[] = [];
  return { writes, stream: { columns, write: (text: string) => writes.push(text) } };
}

function screen(write: string): readonly string[] {
  return stripVTControlCharacters(write).replaceAll('\r', '').split('\n');
}

describe('in a terminal', () => {
  it('shows what is running, how far it is and how long all will take, with the rate called unproved', () => {
    const { writes, stream } = record(100);
    let nowMs = 1000;
    const progress = createProgress({ stream, live: true, colour: false, estimatedMs: 120_000, nowMs: () => nowMs });
    nowMs += 41_000;
    progress.arm(planned, 3, 12);
    nowMs += 2000;
    progress.update({ ...state, errors: 1234 });
    expect(screen(writes.at(-1) ?? '')).toEqual([
      // Two of twelve runs took 41 s: at four times the estimate's pace at the most, 400 s are left, less 2 s.
      expect.stringMatching(/^. \[3\/12\] push batch=100 {2}\[2Jwith a long name, round 2 {2}0:43, about 3:23 left$/),
      '  measure ━━━━━━━━━━────── 6.2/10.0 s · 1,234 errors · unproved: 41,200 msg/s now',
    ]);
  });

  it('tells no time left when nobody knows it, and says when it is longer than was thought', () => {
    const { writes, stream } = record(100);
    createProgress({ stream, live: true, colour: false, nowMs: () => 0 }).phase('starting PostgreSQL');
    expect(screen(writes.at(-1) ?? '')).toEqual([expect.stringMatching(/^. starting PostgreSQL {2}0:00$/)]);
    let nowMs = 0;
    const progress = createProgress({ stream, live: true, colour: false, estimatedMs: 1000, nowMs: () => nowMs });
    nowMs = 5000;
    progress.phase('drain');
    expect(screen(writes.at(-1) ?? '')[0]).toContain('0:05, nearly done');
  });

  it.each([10, 20, 40, 60, 80, 200])(
    'never fills a line of %i columns, and never shows a rate without that word',
    (columns) => {
      const { writes, stream } = record(columns);
      const progress = createProgress({ stream, live: true, colour: true, estimatedMs: 1e9 });
      progress.arm(planned, 3, 12);
      progress.update({ ...state, errors: 1234 });
      for (const line of writes.flatMap(screen)) {
        expect(textWidth(line)).toBeLessThan(columns);
        if (/41,2/.test(line)) expect(line).toMatch(/unproved: 41,2/);
      }
    },
  );

  it('leaves finished steps as lines, and a clean line and the cursor behind, even when closed twice', () => {
    const { writes, stream } = record(80);
    const progress = createProgress({ stream, live: true, colour: false });
    progress.phase('starting PostgreSQL');
    progress.done('PostgreSQL 18.4, embedded');
    expect(writes.at(-1)).toBe('✓ PostgreSQL 18.4, embedded\n');
    progress.arm(planned, 1, 12);
    progress.update(state);
    progress.close();
    // Two lines were drawn: both are cleared.
    expect(writes.at(-1)).toBe('\r\u001b[2K\u001b[1A\r\u001b[2K\u001b[?25h');
    const count = writes.length;
    progress.close();
    expect(writes).toHaveLength(count);
  });
});

describe('in a log', () => {
  it('writes one line for a finished step and nothing while it runs', () => {
    const { writes, stream } = record(undefined);
    const progress = createProgress({ stream, live: false, colour: false });
    progress.phase('starting PostgreSQL');
    progress.done('PostgreSQL 18.4, embedded');
    progress.arm(planned, 1, 12);
    for (let update = 0; update < 50; update += 1) progress.update(state);
    progress.fail('push, round 2:\naccounting invalid');
    progress.close();
    expect(writes).toEqual(['✓ PostgreSQL 18.4, embedded\n', '✗ push, round 2: accounting invalid\n']);
  });
});
