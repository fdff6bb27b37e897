import { randomBytes } from 'node:crypto';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import type { StartedPostgreSqlContainer } from '@testcontainers/postgresql';
import { CommandError, EXIT_CODE } from '../cli/exit-code.ts';
import { ContainerControl } from './container-control.ts';
import { selectContainerRuntime } from './container-runtime.ts';
import { findFreePort } from './free-port.ts';
import type { ConnectionTarget, PostgresOptions, RunningPostgres } from './provider.ts';
import { createRunDatabase } from './run-database.ts';
import { readServerFacts, requireMaxConnections } from './server-facts.ts';
import { serverSettings } from './server-settings.ts';
import { openStatementStatistics } from './statement-statistics.ts';

const MAINTENANCE = 'postgres';
const POSTGRES_PORT = 5432;
const PORT_ATTEMPTS = 5;

/**
 * Starts PostgreSQL in a container of the runtime at `dockerHost`, pulling the image when it is missing; a random
 * password, log in `<logFolder>/postgres.log`. Ryuk, the library's reaper, is left as the user's environment has it.
 * Throws CommandError (unavailable) with the end of the log when the container does not start.
 */
export async function startTestcontainers(
  options: PostgresOptions,
  dockerHost: string,
  reason: string,
): Promise<RunningPostgres> {
  selectContainerRuntime(dockerHost);
  const logFile = path.join(options.logFolder, 'postgres.log');
  await mkdir(options.logFolder, { recursive: true });
  const log = createWriteStream(logFile, { flags: 'a' });

  await using undo = new AsyncDisposableStack();
  undo.defer(() => closeLog(log));
  const container = await startContainer(options, log).catch(async (error: unknown) => {
    throw explain(error, options.image, await lastLinesOf(logFile));
  });
  undo.defer(async () => {
    await container.stop();
  });
  const admin = connectionTarget(container);
  const control = await controlOf(container, admin, log);
  undo.defer(() => control.resume());
  await openStatementStatistics(admin);
  const facts = await readServerFacts(admin);
  requireMaxConnections(facts, options.maxConnections, "remove max_connections from the scenario's postgres settings");
  const cleanUp = undo.move();
  return {
    provider: 'testcontainers',
    reason,
    ...facts,
    admin,
    log: { file: logFile },
    // The postmaster's number is one of the container's own, maybe of another machine.
    pid: undefined,
    control,
    createDatabase: (name) => createRunDatabase(admin, name),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

async function startContainer(options: PostgresOptions, log: WriteStream): Promise<StartedPostgreSqlContainer> {
  // Loaded here: it takes longer than a start of embedded PostgreSQL.
  const { PostgreSqlContainer } = await import('@testcontainers/postgresql');
  const settings = Object.entries(serverSettings(options)).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  for (let attempt = 1; ; attempt += 1) {
    const container = new PostgreSqlContainer(options.image)
      // Left to the runtime, the port would be another one after each start.
      .withExposedPorts({ container: POSTGRES_PORT, host: await findFreePort() })
      .withUsername(MAINTENANCE)
      .withPassword(randomBytes(18).toString('base64url'))
      .withDatabase(MAINTENANCE)
      .withCommand(['postgres', ...settings])
      .withLogConsumer((stream) => stream.pipe(log, { end: false }));
    try {
      return await container.start();
    } catch (error) {
      // Somebody took the port between our look and the runtime's.
      if (attempt === PORT_ATTEMPTS || !/port is already allocated|address already in use/.test(String(error)))
        throw error;
    }
  }
}

async function controlOf(
  container: StartedPostgreSqlContainer,
  admin: ConnectionTarget,
  log: WriteStream,
): Promise<ContainerControl> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  const runtime = await getContainerRuntimeClient();
  return new ContainerControl(runtime.container.getById(container.getId()), admin, async (since) => {
    (await container.logs({ since })).pipe(log, { end: false });
  });
}

function connectionTarget(container: StartedPostgreSqlContainer): ConnectionTarget {
  const host = container.getHost();
  return {
    // The mapped port of ::1 may be another one, or none.
    host: host === 'localhost' ? '127.0.0.1' : host,
    port: container.getPort(),
    user: container.getUsername(),
    password: container.getPassword(),
    database: container.getDatabase(),
  };
}

async function closeLog(log: WriteStream): Promise<void> {
  log.end();
  await finished(log);
}

async function lastLinesOf(logFile: string): Promise<string> {
  const text = await readFile(logFile, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-8).join('\n');
}

function explain(error: unknown, image: string, log: string): CommandError {
  const said = (error as Error).message.trim();
  return new CommandError(
    EXIT_CODE.unavailable,
    `the container of image ${image} did not start: ${said}${log === '' ? '' : `\n${log}`}`,
    { hint: `try \`docker pull ${image}\` by hand, or use --postgres embedded`, cause: error },
  );
}
