import { Document } from 'yaml';
import { withoutPassword } from './describe-schema.ts';
import { parseExpectation, unknownArm } from './expectation.ts';
import type { Scenario } from './scenario.ts';

/**
 * The scenario as a YAML text that loads to the same runs. Passwords in URLs are left out, and `quick` has done
 * its work. An expectation about an arm
 * that an override took away is kept as a comment, for it would be refused in a file.
 */
export function resolvedYaml(scenario: Scenario, armNames: readonly string[], heading: string): string {
  const isPossible = (text: string) => unknownArm(parseExpectation(text), armNames) === undefined;
  const expect = scenario.expect.filter(isPossible);
  const impossible = scenario.expect.filter((text) => !isPossible(text));
  const { quick: _done, ...data } = { ...scenario, expect };
  const document = new Document(publicData(data));
  document.commentBefore = [heading, ...impossible.map((text) => `left out, its arm is not run: ${text}`)]
    .map((line) => ` ${line.replaceAll('\n', ' ')}`)
    .join('\n');
  return document.toString({ lineWidth: 0 });
}

/** A value of a scenario as it may be shown: passwords in URLs are left out. */
export function publicData(value: unknown): unknown {
  if (typeof value === 'string') return withoutPassword(value);
  if (Array.isArray(value)) return value.map(publicData);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, publicData(child)]));
}
