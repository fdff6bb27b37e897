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

describe('in a terminal', () => {
  it('shows what is running and how far it is, with the rate called unproved', () => {
    const { writes, stream } = record(140);
    const progress = createProgress({ stream, live: true, colour: false });
    progress.arm(planned, 3, 12);
    progress.update(state);
    const line = stripVTControlCharacters(writes.at(-1) ?? '');
    expect(line).toContain('[3/12] push batch=100  [2Jwith a long name, round 2');
    expect(line).toContain('measure ━━━━━━━━━━────── 6.2/10.0 s · unproved: 41,200 msg/s so far');
  });

  it.each([20, 40, 60, 80, 200])(
    'never fills a line of %i columns, and never shows a rate without that word',
    (columns) => {
      const { writes, stream } = record(columns);
      const progress = createProgress({ stream, live: true, colour: true });
      progress.arm(planned, 3, 12);
      progress.update({ ...state, errors: 1234 });
      for (const write of writes) {
        const line = stripVTControlCharacters(write).replace('\r', '');
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
    progress.close();
    expect(writes.at(-1)).toBe('\r\u001b[2K\u001b[?25h');
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
