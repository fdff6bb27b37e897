import { expect, test } from 'vitest';
import { ALL_BENCHES } from './all-benches.ts';
import { chooseBenches } from './choose-benches.ts';

const chosen = (...words: readonly string[]) => chooseBenches(words, ALL_BENCHES).map(({ name }) => name);

test('a name, a group, a pattern; each once, in the order of the list', () => {
  expect(chosen('uuid-v7')).toEqual(['uuid-v7']);
  expect(chosen('pool')).toEqual(['pool-acquire', 'pool-drain']);
  expect(chosen('history-record', 'history')).toEqual(['history-record', 'history-file']);
  expect(chosen('*-file', 'buffer')).toEqual(['buffer-append', 'buffer-recovery', 'history-file']);
  expect(chosen()).toEqual(ALL_BENCHES.map(({ name }) => name));
});

test('names are there once', () => {
  expect(new Set(chosen()).size).toBe(ALL_BENCHES.length);
});

test('a word that chooses none is refused, with the nearest name', () => {
  expect(() => chosen('pool', 'history-recrd')).toThrow(
    'there is no bench "history-recrd"; did you mean "history-record"?',
  );
});
