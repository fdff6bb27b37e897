import { defineConfig } from 'vitest/config';

// unit: no I/O, seconds. integration: a real PostgreSQL, one database per file. acceptance: the CLI end to end.
// The three run one after the other, so that the timed ones have the machine to themselves.
// No retries anywhere: a test that is right only sometimes is a defect.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{server,harness}/**/*.test.ts'],
          exclude: ['**/test/**', '**/node_modules/**'],
          // For what hangs: simulations of a second or two take several on a machine that is busy.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'integration',
          sequence: { groupOrder: 1 },
          include: ['{server,harness}/test/**/*.test.ts'],
          exclude: ['harness/test/acceptance/**', '**/node_modules/**'],
          globalSetup: ['harness/test/shared-postgres.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'acceptance',
          sequence: { groupOrder: 2 },
          include: ['harness/test/acceptance/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
