import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbedded } from '../postgres/embedded.ts';
import type { ConnectionTarget } from '../postgres/provider.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Superuser connection of the PostgreSQL shared by all integration tests; make a database of your own on it. */
    postgres: ConnectionTarget;
  }
}

/** Vitest global set-up: one embedded PostgreSQL for the whole test run; returns its tear-down. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const logFolder = await mkdtemp(path.join(tmpdir(), 'queueproof-test-log-'));
  const postgres = await startEmbedded(
    { maxConnections: 100, settings: {}, image: 'postgres:18', logFolder },
    'embedded: shared by the integration tests',
  );
  project.provide('postgres', postgres.admin);
  return async () => {
    await postgres[Symbol.asyncDispose]();
    await rm(logFolder, { recursive: true, force: true });
  };
}
