import { expect, test } from 'vitest';
import { CommandError, EXIT_CODE } from './exit-code.ts';
import { reportError } from './report-error.ts';

function reported(error: unknown): { readonly exitCode: number; readonly text: string } {
  let text = '';
  const stderr = { write: (part: string) => (text += part) } as unknown as NodeJS.WriteStream;
  return { exitCode: reportError(error, stderr), text };
}

test.each(['', ' \n'])('an error whose hint says nothing (%j) cannot be made', (hint) => {
  expect(() => new CommandError(EXIT_CODE.usage, 'wrong', { hint })).toThrow('an error without a hint');
});

test('a failure is told with its cause, what to do next and its exit code', () => {
  const error = new CommandError(EXIT_CODE.unavailable, 'PostgreSQL is gone', { hint: 'start it again' });
  expect(reported(error)).toEqual({ exitCode: 69, text: 'PostgreSQL is gone\n→ start it again\n' });
});

test.each([new TypeError('x is not a function'), 'a text', undefined])('of our own defect (%s) too', (error) => {
  const { exitCode, text } = reported(error);
  expect(exitCode).toBe(70);
  expect(text).toMatch(/^queueproof itself failed: /);
  expect(text).toMatch(/\n→ .*report it.*\n$/);
});
