import { codeSpan, markdownText } from './markdown-text.ts';
import type { CheckRecord, Result } from './result.ts';
import { signOfExpectation, signOfVerdict } from './verdict-sign.ts';

/** How many checks are valid, and those that are not with their witnesses. */
export function checkBlocks({ checks }: Result): readonly string[] {
  const notValid = checks.filter(({ verdict }) => verdict !== 'valid');
  return [
    '## Checks',
    `${checks.length - notValid.length} of ${checks.length} checks are valid.`,
    notValid.map(checkItem).join('\n'),
  ];
}

/** A check that is not valid as an item of a list, its witness under it. */
export function checkItem({ name, arm, round, verdict, summary, witness }: CheckRecord): string {
  const { symbol, word } = signOfVerdict(verdict);
  const facts = witness.map((fact) => `  - ${codeSpan(fact)}`);
  const where = `${codeSpan(arm)}, round ${round}`;
  return [`- ${symbol} **${markdownText(name)}** ${word}, ${where}: ${markdownText(summary)}`, ...facts].join('\n');
}

/** Every expectation with what was observed; nothing when there are none. */
export function expectationBlocks({ expectations }: Result): readonly string[] {
  return expectations.length === 0 ? [] : ['## Expectations', expectations.map(expectationItem).join('\n')];
}

/** An expectation as an item of a list. */
export function expectationItem({ text, met, observed }: Result['expectations'][number]): string {
  const { symbol, word } = signOfExpectation(met);
  return `- ${symbol} ${codeSpan(text)} ${word}: ${markdownText(observed)}`;
}
