import { spawn } from 'node:child_process';
import { chmod, cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmbedded } from '../../postgres/embedded.ts';
import { findFreePort } from '../../postgres/free-port.ts';
import type { RunningPostgres } from '../../postgres/provider.ts';
import { DOCS_RULES, type DocsStand } from './docs-rules.ts';
import { PAGES, REPOSITORY, textOf } from './documentation.ts';
import { commandsOf } from './markdown.ts';
import { finish } from './run-cli.ts';

const SERVER_START_LIMIT_MS = 60_000;
/** Of one command; what takes longer has no place in this test, and needs a rule. */
const COMMAND_LIMIT_MS = 60_000;

const all = PAGES.flatMap((page) => commandsOf(page, textOf(page)));

/** A copy of the repository, in which commands may write: scenarios, reports, saved figures. */
let copy = '';
let postgres: RunningPostgres | undefined;
let server: ReturnType<typeof start> | undefined;
let stand: DocsStand = { serverUrl: '', postgresUrl: '' };

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'queueproof-docs-'));
  // Under root, PostgreSQL runs as somebody else, who has to get in.
  await chmod(copy, 0o755);
  const left = ['node_modules', '.git', 'reports'];
  await cp(REPOSITORY, copy, { recursive: true, filter: (from) => !left.includes(relative(REPOSITORY, from)) });
  await symlink(join(REPOSITORY, 'node_modules'), join(copy, 'node_modules'));
  // For commands that compare with another commit.
  const git = 'git -c user.name=docs -c user.email=docs@example.invalid';
  const commits = [`${git} commit -qm first`, `${git} commit -q --allow-empty -m second`];
  const repository = await run(`git init -q && git add -A && ${commits.join(' && ')} && git branch origin/main HEAD~1`);
  expect(repository.exitCode, repository.stderr).toBe(0);
  stand = await startServer();
  // For commands that look at reports/latest.
  const made = await run('npm run scenario -- smoke --quick --set load.duration=500ms --postgres embedded');
  expect(made.exitCode, made.stdout + made.stderr).toBe(0);
}, 120_000);

afterAll(async () => {
  if (server?.pid !== undefined) {
    const ended = finish(server);
    process.kill(-server.pid, 'SIGTERM');
    await ended;
  }
  await postgres?.[Symbol.asyncDispose]();
  await rm(copy, { recursive: true, force: true });
}, 60_000);

describe.each([...new Set(all.map(({ page }) => page))])('%s', (page) => {
  const commands = all.filter((one) => one.page === page);

  beforeAll(async () => {
    // What --new wrote for another page would be in the way.
    await rm(join(copy, 'scenarios'), { recursive: true });
    await cp(join(REPOSITORY, 'scenarios'), join(copy, 'scenarios'), { recursive: true });
  });

  test.each(commands.map(({ line, command }) => [line, command] as const))(
    'line %i: %s',
    async (_line, command) => {
      const rules = DOCS_RULES.filter((rule) => rule.commands.test(command));
      expect(rules.length, 'two rules for one command').toBeLessThanOrEqual(1);
      const [rule] = rules;
      const { exitCode, stdout, stderr } = await run(rule?.instead(command, stand) ?? command);
      expect(exitCode, `${stdout}\n${stderr}`).toBe(rule?.exitCode ?? 0);
    },
    COMMAND_LIMIT_MS,
  );
});

test('there are commands, and a rule for none that is not there', () => {
  expect(all.length).toBeGreaterThan(40);
  const idle = DOCS_RULES.filter(({ commands }) => !all.some(({ command }) => commands.test(command)));
  expect(idle.map(({ commands }) => commands.source)).toEqual([]);
});

/** Starts a command in a group of its own, as a shell does. */
function start(command: string, environment: Readonly<Record<string, string>> = {}) {
  return spawn('sh', ['-c', command], {
    cwd: copy,
    env: { ...process.env, CI: 'true', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
}

async function run(command: string) {
  const child = start(command);
  const timer = setTimeout(() => process.kill(-(child.pid ?? Number.NaN), 'SIGKILL'), COMMAND_LIMIT_MS - 5_000);
  try {
    return await finish(child);
  } finally {
    clearTimeout(timer);
  }
}

/** The documented command that starts the server, with a database and a port that are free here. */
async function startServer(): Promise<DocsStand> {
  const documented = all.find(({ command }) => command.endsWith(' npm run server'))?.command ?? '';
  expect(documented).toContain('PG_PASSWORD=…');
  postgres = await startEmbedded(
    { maxConnections: 100, settings: {}, image: '', logFolder: copy },
    'embedded: for the commands of the documentation',
  );
  const { host, port, user, password, database } = postgres.admin;
  const serverPort = await findFreePort();
  const settings = `PG_PORT=${port} PG_USER=${user} PG_DB=${database} PG_PASSWORD='${password}'`;
  server = start(documented.replace('PG_PASSWORD=…', settings).replace('PG_HOST=127.0.0.1', `PG_HOST=${host}`), {
    PORT: String(serverPort),
    FILE_BUFFER_DIR: join(copy, 'buffer'),
  });
  const serverUrl = `http://127.0.0.1:${serverPort}`;
  await untilHealthy(serverUrl, server);
  return { serverUrl, postgresUrl: `postgres://${user}:${encodeURIComponent(password)}@${host}:${port}/${database}` };
}

async function untilHealthy(serverUrl: string, child: ReturnType<typeof start>): Promise<void> {
  let said = '';
  child.stdout.on('data', (text: Buffer) => {
    said += text;
  });
  child.stderr.on('data', (text: Buffer) => {
    said += text;
  });
  const giveUpAtMs = performance.now() + SERVER_START_LIMIT_MS;
  while (child.exitCode === null && performance.now() < giveUpAtMs) {
    const isHealthy = await fetch(`${serverUrl}/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isHealthy) return;
    await sleep(100);
  }
  throw new Error(`the documented server is not healthy at ${serverUrl}:\n${said}`);
}
