import { expect, test } from 'vitest';
import { seededRandom } from '../measure/seeded-random.ts';
import { leadsOf, SLICES_PER_SIDE, sliceSchedule } from './slice-schedule.ts';

test('slices go A B B A A B B A from the lead on, so that each half is balanced in itself', () => {
  const letters = (lead: 'base' | 'candidate') => sliceSchedule(lead).map((side) => (side === lead ? 'A' : 'B'));
  expect(letters('base').join('')).toBe('ABBAABBA');
  expect(letters('candidate').join('')).toBe('ABBAABBA');
  const places = (side: string) => sliceSchedule('base').flatMap((one, place) => (one === side ? [place] : []));
  const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
  expect(sum(places('base'))).toBe(sum(places('candidate')));
  expect(places('base')).toHaveLength(SLICES_PER_SIDE);
});

test('in every two blocks each side leads once, by chance and the same for the same seed', () => {
  const leads = leadsOf(48, seededRandom(3));
  for (let block = 0; block < leads.length; block += 2) expect(leads[block]).not.toBe(leads[block + 1]);
  expect(leadsOf(48, seededRandom(3))).toEqual(leads);
  expect(leadsOf(48, seededRandom(4))).not.toEqual(leads);
  const first = leads.filter((_, block) => block % 2 === 0);
  expect(new Set(first).size).toBe(2);
  expect(leadsOf(3, seededRandom(3))).toEqual(leads.slice(0, 3));
});
