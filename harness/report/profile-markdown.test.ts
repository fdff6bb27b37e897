import { expect, test } from 'vitest';
import { renderProfile } from '../profile/profile-table.ts';
import { passedResult, sampleResult } from '../test/sample-result.ts';
import { headlinesOf } from './headline.ts';
import { profileSection } from './html/profile-section.ts';
import { renderProfileMarkdown } from './profile-markdown.ts';
import type { ProfileRecord } from './profile-record.ts';

const PROFILE: ProfileRecord = {
  with: 'cpu',
  subject: 'the primary and 2 workers',
  costs: {
    unit: 'us',
    total: 2_000_000,
    functions: [
      { name: 'push', place: 'server/queue/push.ts:12', self: 500_000, total: 1_000_000 },
      { name: '<img src=x>`|\u001b[31m', place: '', self: 1000, total: 1000 },
    ],
    outside: [
      { name: '(garbage collector)', self: 100_000 },
      { name: '(idle)', self: 8_000_000 },
    ],
  },
  files: ['profile/profile.md', 'profile/worker-1-pid-7.cpuprofile'],
  failure: null,
};

test('Markdown has a row for every function, with shares of the work, and links from its own folder', () => {
  const text = renderProfileMarkdown(PROFILE);
  expect(text).toContain('| 500 | 25.0 % | 50.0 % | `push` | `server/queue/push.ts:12` |');
  expect(text).toContain('2,000 ms of work, of which no function');
  expect(text).toContain('collector\\) 5.0 %; not counted: \\(idle\\) 8,000 ms.');
  expect(text).toContain('(worker-1-pid-7.cpuprofile)');
});

test('a name from outside acts nowhere as markup, nor on the terminal', () => {
  const row = renderProfileMarkdown(PROFILE)
    .split('\n')
    .find((line) => line.includes('img'));
  expect(row).toContain('`` <img src=x>`\\| [31m ``');
  const page = profileSection({ ...sampleResult(), profile: PROFILE })?.text ?? '';
  expect(page).toContain('&lt;img src=x&gt;');
  expect(page).not.toContain('<img');
  expect(page).toContain('<a href="profile/worker-1-pid-7.cpuprofile">');
  expect(renderProfile(PROFILE, 'reports/x')).not.toContain('\u001b');
});

test('on the terminal the functions stand in columns, and the files below', () => {
  expect(renderProfile(PROFILE, 'reports/x').split('\n').slice(0, 2)).toEqual([
    'self ms    self   total  function            where',
    '    500  25.0 %  50.0 %  push                server/queue/push.ts:12',
  ]);
  expect(renderProfile(PROFILE, 'reports/x')).toContain('profile reports/x/profile/profile.md');
});

test('the throughput of the first screen is marked', () => {
  const details = headlinesOf({ ...passedResult(), profile: PROFILE }).map(({ detail }) => detail);
  expect(details.filter((detail) => detail.includes('under a profiler: not to be compared'))).toHaveLength(1);
});

test('a profile that did not come says why, everywhere', () => {
  const { costs: _, ...rest } = PROFILE;
  const failed = { ...rest, with: 'doctor' as const, failure: 'clinic doctor: not done after 150 s' };
  expect(renderProfileMarkdown(failed)).toContain('- clinic doctor: not done after 150 s');
  expect(profileSection({ ...sampleResult(), profile: failed })?.text).toContain('not done after 150 s');
  expect(renderProfile(failed, 'reports/x')).toContain('no profile: clinic doctor: not done after 150 s');
});
