import { expect, test } from 'vitest';
import { terminalMode } from './terminal-mode.ts';

const terminal = { isTTY: true, columns: 80 } as const;

test('a terminal is live and in colour', () => {
  expect(terminalMode(terminal, { TERM: 'xterm-256color' })).toEqual({ live: true, colour: true, width: 80 });
  for (const CI of ['', '0', 'false']) expect(terminalMode(terminal, { CI }).live).toBe(true);
  expect(terminalMode(terminal, { NO_COLOR: '' }).live).toBe(true);
});

test.each([{ CI: 'true' }, { CI: '1' }, { CI: 'woodpecker' }, { NO_COLOR: '1' }, { NO_COLOR: '0' }, { TERM: 'dumb' }])(
  'with %o it is plain',
  (environment) => {
    expect(terminalMode(terminal, environment)).toEqual({ live: false, colour: false, width: 80 });
  },
);

test('so is what is no terminal, and a width that is none counts as 100', () => {
  expect(terminalMode({ isTTY: false, columns: 0 }, {})).toEqual({ live: false, colour: false, width: 100 });
});
