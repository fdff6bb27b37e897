import { basename, dirname } from 'node:path';
import { expect, test } from 'vitest';
import { CommandError } from '../cli/exit-code.ts';
import { serverProgram } from './server-program.ts';

test('the good server and its variants with a defect are main files', () => {
  expect(basename(serverProgram('none'))).toBe('main.ts');
  const variant = serverProgram('skip-locked');
  expect([basename(dirname(variant)), basename(variant)]).toEqual(['defects', 'skip-locked.ts']);
});

test('a name that is none is a usage error with the nearest that there is', () => {
  expect(() => serverProgram('skip-lock')).toThrow(
    new CommandError(64, 'server.defect: there is no defect "skip-lock"; did you mean "skip-locked"?', {
      hint: 'server/defects/ holds them; none is the good server',
    }),
  );
});
