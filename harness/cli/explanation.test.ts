import { expect, test } from 'vitest';
import { SCENARIO_KEYS } from '../scenario/scenario-key.ts';
import { renderExplanation } from './explanation.ts';
import { textWidth } from './text-width.ts';

/** One blank for every run of white space: what is said, wherever the lines break. */
function said(text: string): string {
  return text.replace(/\s+/g, ' ');
}

test('a key tells what it is, what it takes, in what, its default, an example, and who uses it', () => {
  const text = said(renderExplanation('load.batch', 100));
  expect(text).toContain('load.batch Messages in one request.');
  expect(text).toContain('takes a whole number from 1 to 10000 unit messages default 100');
  expect(text).toContain('example batch: 1 --set load.batch=1 matrix: { load.batch: [1, 100, 1000] }');
  expect(text).toMatch(/used by .*batch-sweep \(varies it\).*smoke/);
  expect(said(renderExplanation('load.route', 100))).toContain('takes one of push, push-legacy');
});

test('a group tells the keys in it, a list those of its entries, and no key at all tells every one', () => {
  expect(renderExplanation('queue', 100)).toMatch(/^queue\.retryLimit +100 +Further deliveries/m);
  const schedule = renderExplanation('faults.schedule', 100);
  expect(schedule).toContain("--set 'faults.schedule=[{ fault: postgres-kill, at: 2s..3s, for: 1s }]'");
  expect(schedule).toMatch(/^faults\.schedule\.at +required +When it is begun/m);
  const all = renderExplanation(undefined, 100);
  for (const { dotted } of SCENARIO_KEYS) expect(all).toContain(`\n${dotted} `);
});

test('a name inside a free map is explained by the map', () => {
  expect(renderExplanation('postgres.settings.work_mem', 100)).toMatch(/^postgres\.settings\n/);
});

test.each([
  ['load.bacth', 'did you mean "load.batch"?'],
  ['batch', '"load.batch" or "load.bulk.batch" or "consumers.batch" or "drain.batch"?'],
  ['server.poolsize', 'did you mean "server.poolSize"?'],
  ['faults.shedule', 'did you mean "faults.schedule"?'],
  ['xyzzyplugh', 'there is no key "xyzzyplugh"'],
  ['', 'there is no key ""'],
  ['matrix.nonsense', 'there is no key "matrix.nonsense"'],
])('of %j it says the nearest key', (dotted, message) => {
  expect(() => renderExplanation(dotted, 100)).toThrow(
    expect.objectContaining({
      exitCode: 64,
      message: expect.stringContaining(message),
      hint: expect.stringContaining('--explain'),
    }),
  );
});

test.each([72, 80, 100, 200])('no explanation is wider than %i columns or 100', (width) => {
  for (const dotted of [undefined, 'load', 'load.model', 'checks', 'faults', 'server.poolSize', 'postgres', 'quick']) {
    const lines = renderExplanation(dotted, width).split('\n');
    expect(lines.filter((line) => textWidth(line) > Math.min(width, 100))).toEqual([]);
  }
});
