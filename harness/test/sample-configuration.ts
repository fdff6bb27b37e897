import type { ConfigurationRecord } from '../report/configuration-record.ts';

/** A matrix of routes, more rounds than one, a setting of PostgreSQL that has no default. */
export function sampleConfiguration(): ConfigurationRecord {
  return {
    scenarioYaml: [
      '# Resolved from scenarios/push-vs-legacy.yaml',
      'question: Is the async push route faster than the thread-pool route on the same connection budget?',
      'server: { workers: 2, poolSize: 80 }',
      'load: { batch: 100, payloadBytes: 100 }',
      'matrix: { load.route: [push, push-legacy] }',
      'rounds: 3',
      '',
    ].join('\n'),
    changed: [
      { key: 'postgres.settings.synchronous_commit', values: ['off'], isVaried: false, default: null },
      { key: 'load.route', values: ['push', 'push-legacy'], isVaried: true, default: 'push' },
      { key: 'rounds', values: [3], isVaried: false, default: 1 },
      { key: 'expect', values: [['lost == 0', 'push.p99 <= push-legacy.p99']], isVaried: false, default: [] },
    ],
  };
}
