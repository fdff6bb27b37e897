import { armErrorList, momentText } from '../report/error-figure.ts';
import { formatCount } from '../report/figure-format.ts';
import type { Result } from '../report/result.ts';

const MAX_EXAMPLE = 160;

/** A sentence for each arm with errors that nothing explains: the most frequent class, when, and an example. */
export function unexplainedErrors(result: Pick<Result, 'arms'>): readonly string[] {
  const unexplained = armErrorList(result).filter(({ error }) => error.expected === false);
  return [...Map.groupBy(unexplained, ({ arm }) => arm)].flatMap(([arm, [first, ...others]]) => {
    if (first === undefined) return [];
    const { source, class: name, unexplained: count, firstUnexplained, example } = first.error;
    const when = firstUnexplained === null ? '' : `, first at ${momentText(firstUnexplained, arm)}`;
    const shown = example.length <= MAX_EXAMPLE ? example : `${example.slice(0, MAX_EXAMPLE)}…`;
    const more = others.length === 0 ? '' : `; and ${others.length} more ${others.length === 1 ? 'class' : 'classes'}`;
    return [`${arm.name}: ${formatCount(count)} × ${source}: ${name}, unexplained${when}: ${shown}${more}`];
  });
}
