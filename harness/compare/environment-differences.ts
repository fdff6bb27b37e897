import { formatGiB } from '../report/figure-format.ts';
import type { Result } from '../report/result.ts';
import type { Difference } from './comparison.ts';

type Environment = Result['environment'];

/** Two machines of one type differ by some pages that firmware and kernel keep. */
const MEMORY_TOLERANCE = 0.02;

/** A server that is started here listens on whatever port is free. */
const MEANINGLESS_SETTINGS: readonly string[] = ['port'];

/** Where a server listens and what it is called, figures do not depend on. */
const HARMLESS_SETTINGS: readonly string[] = ['listen_addresses', 'cluster_name'];

/** What is told, and whether figures can be compared when it differs. */
const FACETS: readonly (readonly [name: string, text: (environment: Environment) => string, isHarmless: boolean])[] = [
  ['cpu', ({ cpu }) => cpu, false],
  ['cores', ({ cores }) => String(cores), false],
  ['Node.js', ({ node }) => node, false],
  ['PostgreSQL', ({ postgres }) => postgres, false],
  ['provider', ({ provider }) => provider, false],
  ['max_connections', ({ maxConnections }) => String(maxConnections ?? 'not known'), false],
  ['operating system', ({ os }) => os, true],
  // What is compared may well be two commits, or two servers.
  ['git', ({ git }) => git, true],
  ['target', ({ target }) => target ?? 'started here', true],
];

/** In what the environments of two runs differ; what figures depend on is marked. */
export function environmentDifferences(before: Environment, after: Environment): readonly Difference[] {
  const facets = FACETS.map(([name, text, isHarmless]) => ({
    name,
    before: text(before),
    after: text(after),
    isHarmless,
  }));
  return [
    ...facets.filter((facet) => facet.before !== facet.after),
    ...memory(before, after),
    ...settings(before, after),
  ];
}

function memory(before: Environment, after: Environment): readonly Difference[] {
  const larger = Math.max(before.memoryBytes, after.memoryBytes);
  if (Math.abs(before.memoryBytes - after.memoryBytes) <= MEMORY_TOLERANCE * larger) return [];
  const texts = { before: formatGiB(before.memoryBytes), after: formatGiB(after.memoryBytes) };
  return [{ name: 'memory', ...texts, isHarmless: false }];
}

function settings(before: Environment, after: Environment): readonly Difference[] {
  const names = [...Object.keys(before.postgresSettings), ...Object.keys(after.postgresSettings)];
  const meant = [...new Set(names)].filter((name) => !MEANINGLESS_SETTINGS.includes(name)).sort();
  return meant.flatMap((name) => {
    const [was, is] = [before.postgresSettings[name], after.postgresSettings[name]];
    if (was === is) return [];
    const isHarmless = HARMLESS_SETTINGS.includes(name);
    return [{ name: `setting ${name}`, before: was ?? 'default', after: is ?? 'default', isHarmless }];
  });
}
