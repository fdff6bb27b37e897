import { expect, it } from 'vitest';
import { textWidth, truncateText, wrapText } from './text-width.ts';

it('counts wide letters twice and joined marks not at all', () => {
  expect(textWidth('abc')).toBe(3);
  expect(textWidth('漢字')).toBe(4);
  expect(textWidth('e\u0301')).toBe(1);
});

it('cuts to the width, the dots included', () => {
  expect(truncateText('abcdef', 4)).toBe('abc…');
  expect(truncateText('漢字漢字', 4)).toBe('漢…');
  expect(truncateText('abcd', 4)).toBe('abcd');
});

it('breaks between words, cuts words that are longer than a line, and loses nothing', () => {
  const text = 'one two abcdefghijklmnop three';
  const lines = wrapText(text, 10, 2);
  expect(lines).toEqual(['one two', '  abcdefgh', '  ijklmnop', '  three']);
});
