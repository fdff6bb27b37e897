import { expect, test } from 'vitest';
import { CommandError } from '../cli/exit-code.ts';
import { describeGate, type GateOptions, gateMode, ruleOf } from './gate-options.ts';

function read(...words: string[]): GateOptions {
  const program = describeGate()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return program.parse(['node', 'gate', ...words]).opts<GateOptions>();
}

test.each([
  [['--against', 'HEAD~1'], 'against'],
  [['--arms', 'push,push-legacy'], 'arms'],
  [['--baseline', 'main'], 'baseline'],
  [['--save', 'main'], 'save'],
  [['--calibrate'], 'calibrate'],
  [['--candidate-slowed', '10'], 'variant'],
  [['--against', 'main', '--candidate-slowed', '10'], 'against'],
])('%j asks for %s', (words, mode) => {
  expect(gateMode(read(...words))).toBe(mode);
});

test.each([
  [[], 'a gate needs something to compare with', '--against <ref>'],
  [['--against', 'main', '--calibrate'], '--against and --calibrate cannot both be had', 'one of'],
  [['--arms', 'a,b', '--candidate-defect', 'leak'], '--arms has no candidate', 'working tree'],
])('%j is refused in words, with what to do', (words, message, hint) => {
  const asked = () => gateMode(read(...words));
  expect(asked).toThrow(CommandError);
  expect(asked).toThrow(
    expect.objectContaining({
      exitCode: 64,
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    }),
  );
});

test.each([
  [['--arms', 'push'], 'expected two different names'],
  [['--arms', 'push,push'], 'expected two different names'],
  [['--tolerated', '0'], 'expected per cent above 0'],
  [['--tolerated', '120'], 'expected per cent above 0'],
  [['--minutes', '-1'], 'expected minutes'],
  [['--candidate-slowed', '15'], 'expected 5, 10, 20'],
  [['--save', 'main', '--json'], "option '--json' cannot be used with option '--save <name>'"],
  [['--against', 'main', '--dry-run', '--json'], "option '--json' cannot be used with option '--dry-run'"],
])('%j is no value', (words, message) => {
  expect(() => read(...words)).toThrow(message);
});

test('per cent become shares, and a margin has to lie below what is tolerated', () => {
  expect(ruleOf(read('--calibrate'))).toMatchObject({ margin: 0.03, tolerated: 0.1 });
  expect(ruleOf(read('--calibrate', '--tolerated', '5', '--margin', '1.5'))).toMatchObject({
    margin: 0.015,
    tolerated: 0.05,
  });
  expect(() => ruleOf(read('--calibrate', '--tolerated', '3'))).toThrow('--margin 3 must be below --tolerated 3');
});

test('what makes the candidate worse is not in the help, which every user reads', () => {
  expect(describeGate().helpInformation()).not.toContain('candidate-slowed');
  expect(describeGate().helpInformation()).toContain('--against <ref>');
});
