import { isDefectsFile } from './plan-defects.ts';
import { readScenarioFile, scenarioNames } from './scenario-file.ts';
import { readYaml } from './yaml-source.ts';

/** Shipped scenarios that write a key, and those whose matrix varies it (which are among the first). */
export interface KeyUsage {
  readonly writing: readonly string[];
  readonly varying: readonly string[];
}

/** Which of the shipped scenarios mention the key `dotted`, in the file itself, its matrix or its quick values. */
export function keyUsage(dotted: string): KeyUsage {
  const files = scenarioNames()
    .map(readScenarioFile)
    .filter((file) => !isDefectsFile(file));
  const uses = files.map(({ name, file, text }) => ({ name, ...mentionedIn(readYaml(file, text).value) }));
  const namesOf = (kind: 'written' | 'varied') => uses.filter((use) => use[kind].has(dotted)).map(({ name }) => name);
  return { writing: namesOf('written'), varying: namesOf('varied') };
}

function mentionedIn(scenario: unknown): { readonly written: Set<string>; readonly varied: Set<string> } {
  const { matrix, quick, ...groups } = scenario as Readonly<Record<string, unknown>>;
  const varied = new Set(keysIn(matrix, ''));
  const written = new Set([...keysIn(scenario, ''), ...keysIn(groups, ''), ...varied, ...keysIn(quick, '')]);
  return { written, varied };
}

/** Dotted names of all keys below a value; entries of a list share theirs, and `load.batch` mentions `load` as well. */
function keysIn(value: unknown, prefix: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((entry) => keysIn(entry, prefix));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const dotted = prefix + key;
    const parents = key.split('.').map((_, index, words) => prefix + words.slice(0, index + 1).join('.'));
    return [...parents, ...keysIn(child, `${dotted}.`)];
  });
}
