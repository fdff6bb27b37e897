import { ExpectationError, parseExpectation, unknownArm } from './expectation.ts';
import type { Place, Problem } from './problem.ts';

/**
 * What is wrong with a list of expectations. `armNames` are the arms they may name, undefined when the arms are not known;
 * `placeOf` gives the place of a character of the n-th expectation; `when` tells what chose these arms, if not the matrix
 * alone.
 */
export function expectationProblems(
  expect: readonly string[],
  armNames: readonly string[] | undefined,
  placeOf: (index: number, offset: number) => Place,
  when: readonly string[],
): readonly Problem[] {
  return expect.flatMap((text, index) => {
    const error = faultOf(text, armNames);
    if (error === undefined) return [];
    const about = error.isArm && when.length > 0 ? `with ${when.join(' and ')}: ` : '';
    const message = `${about}${error.fault.message}`;
    return [{ place: placeOf(index, error.fault.offset), message }];
  });
}

function faultOf(
  text: string,
  armNames: readonly string[] | undefined,
): { readonly fault: ExpectationError; readonly isArm: boolean } | undefined {
  try {
    const expectation = parseExpectation(text);
    const fault = armNames === undefined ? undefined : unknownArm(expectation, armNames);
    return fault === undefined ? undefined : { fault, isArm: true };
  } catch (error) {
    if (error instanceof ExpectationError) return { fault: error, isArm: false };
    throw error;
  }
}
