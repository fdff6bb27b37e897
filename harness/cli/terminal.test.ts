import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Result } from '../report/result.ts';
import { hostileResult, passedResult, REFUSAL, sampleResult } from '../test/sample-result.ts';
import { renderSummary } from './terminal.ts';
import { textWidth } from './text-width.ts';

const folder = 'reports/push-vs-legacy/2026-11-24T10-23-01Z';

function summary(result: Result, { colour = false, width = 100 } = {}): string {
  return renderSummary(result, { colour, width, folder });
}

/** One blank for every run of white space: what is said, wherever the lines break. */
function said(text: string): string {
  return text.replace(/\s+/g, ' ');
}

describe('renderSummary', () => {
  it('shows the proven figures of an arm in one row', () => {
    expect(summary(sampleResult())).toMatch(/^push +56,400 +\[55,554, 57,584\] +24\.1 +74\.7 +0 +76\/76 +✓ valid$/m);
  });

  it('shows the reason, never msg/s or latency, for an arm that is not proved', () => {
    const text = summary(sampleResult());
    expect(text).toMatch(/^push created_at-cursor +no figure: accounting invalid +0 +76\/76 +✗ invalid$/m);
    expect(text).not.toMatch(/77,777|18\.3/);
    expect(said(text)).toContain(`push poolSize=150 was refused by the server: ${REFUSAL}`);
  });

  it('tells what the consumers of proven arms reached', () => {
    const text = summary(sampleResult());
    expect(text).toContain('push  pop+ack 39,480 msg/s [38,888, 40,309], 0.70 of its push rate');
    expect(said(text)).toContain(
      'consumers × batch 16 × 100, p50 / p99 of a pop 24.1 / 72.3 ms, of an ack 12.1 / 72.3 ms, consumers 40 % busy',
    );
    expect(text.match(/pop\+ack/g)).toHaveLength(2);
  });

  it('says of a proven arm that its window was unsteady, and nothing of those that were steady', () => {
    const text = said(summary(sampleResult()));
    expect(text).toContain(
      'push-legacy: unsteady in 1 of 3 rounds: throughput rose 18 % over the window of round 2 and varied by 8 % beside that, which had been extended by up to 1.0 s',
    );
    expect(text.match(/steady/g)).toHaveLength(1);
  });

  it('tells how an open loop went, in one sentence', () => {
    expect(said(summary(sampleResult()))).toContain(
      'push 599 of 600 requests/s, p50 / p99 of the send lag 0.18 / 1.74 ms, 1.70 % late, 3 never acknowledged and without a latency',
    );
  });

  it('tells what an arm sustains in one sentence, and its latency on the way there', () => {
    const text = summary(sampleResult());
    expect(said(text)).toContain(
      'push sustains 564 requests/s [552, 570] (56,400 msg/s); p99 is 50.0 ms at 80 %, 300 ms at 100 %',
    );
    expect(text).toMatch(/^ +80 % +451 +16\.7 +50\.0 +0\.20 +yes$/m);
    expect(text).toMatch(/^ +100 % +564 +100 +300 +0\.20 +2 of 3$/m);
  });

  it('tells ratio, ceiling, the witness of a violation, expectations, verdict, report and the next step', () => {
    const text = summary(sampleResult());
    expect(text).toContain('push / push-legacy  1.62× [1.55, 1.71]');
    expect(text).toContain('push reaches 0.64 of what plain SQL does here (88,100 msg/s');
    expect(text).toContain('  a message costs 17.7 µs of server CPU, 12.4 µs of PostgreSQL CPU, 312 bytes of WAL');
    expect(said(text)).toContain('message r3k9-120311 (producer 4, partition p6) answered queued');
    expect(text).toContain('✗ expected lost == 0: not met, observed 5');
    expect(text).toContain('✗ invalid: 42 of 45 checks valid, 1 min 58 s, exit code 1');
    expect(text).toContain(`report  ${folder}/report.html`);
    expect(text.split('\n').at(-1)?.trim()).toBe('npm run scenario -- push-vs-legacy');
  });

  it('asks for nothing after a run that passed', () => {
    const text = summary(passedResult());
    expect(text).toContain('✓ passed: 30 of 30 checks valid');
    expect(text).not.toMatch(/^next/m);
    expect(text).not.toContain('✗');
  });

  it('proposes more rounds as a command that works when nothing could be concluded', () => {
    const text = summary({ ...passedResult(), verdict: 'inconclusive', exitCode: 3, command: 'npm run scenario' });
    expect(text.split('\n').at(-1)?.trim()).toBe('npm run scenario -- --set rounds=6');
  });

  it.each([72, 85, 100, 240])('stays inside a terminal of %i columns and 100, whatever the names', (width) => {
    for (const result of [sampleResult(), hostileResult()]) {
      const lines = stripVTControlCharacters(summary(result, { width, colour: true })).split('\n');
      const commandLine = lines.at(-1);
      const tooWide = lines.filter((line) => line !== commandLine && textWidth(line) > Math.min(width, 100));
      expect(tooWide.filter((line) => !line.startsWith('report'))).toEqual([]);
    }
  });

  it('has escape sequences only when colour is asked for, and then only its own', () => {
    expect(summary(hostileResult())).not.toContain('\u001b');
    const coloured = summary(hostileResult(), { colour: true });
    expect(coloured).toContain('\u001b[');
    expect(stripVTControlCharacters(coloured)).toBe(summary(hostileResult()));
  });
});
