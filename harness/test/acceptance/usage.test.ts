import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CliSandbox } from './run-cli.ts';

describe('what goes wrong before a run ends in one clear message and the right exit code', () => {
  let sandbox: CliSandbox;
  let folder: string;
  beforeAll(async () => {
    sandbox = await CliSandbox.create();
    folder = await mkdtemp(join(tmpdir(), 'queueproof-acceptance-yaml-'));
  });
  afterAll(async () => {
    await sandbox[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  test('a wrong key: place, nearest key, 64', async () => {
    const file = join(folder, 'wrong.yaml');
    await writeFile(file, 'question: why?\nload:\n  rute: push\n');
    const { exitCode, stderr } = await sandbox.run([file]);
    expect(stderr).toContain(`${file}:3:3`);
    expect(stderr).toContain('"route"');
    expect(exitCode).toBe(64);
  });

  test('an unknown scenario: the nearest name, 64', async () => {
    const { exitCode, stderr } = await sandbox.run(['smoek']);
    expect(stderr).toContain('smoke');
    expect(exitCode).toBe(64);
  });

  test('an unknown option: 64', async () => {
    const { exitCode, stderr } = await sandbox.run(['--fast']);
    expect(stderr).toContain("unknown option '--fast'");
    expect(exitCode).toBe(64);
  });

  test('a wrong --set: 64', async () => {
    const { exitCode, stderr } = await sandbox.run(['smoke', '--set', 'server.worker=4']);
    expect(stderr).toContain('workers');
    expect(exitCode).toBe(64);
  });

  test('no container runtime where one is asked for: what was tried, 69', async () => {
    const { exitCode, stderr } = await sandbox.run(['smoke', '--postgres', 'testcontainers'], {
      DOCKER_HOST: 'unix:///nonexistent/docker.sock',
    });
    expect(stderr).toContain('/nonexistent/docker.sock');
    expect(exitCode).toBe(69);
  });

  test('a database URL where nothing answers: host and port, no password, 69', async () => {
    const { exitCode, stderr, stdout } = await sandbox.run([
      'smoke',
      '--postgres',
      'postgres://u:geheim@127.0.0.1:1/x',
    ]);
    expect(stderr).toContain('127.0.0.1:1');
    expect(stderr + stdout).not.toContain('geheim');
    expect(exitCode).toBe(69);
  });

  test('--list and --dry-run run nothing and answer 0', async () => {
    const list = await sandbox.run(['--list']);
    expect(list.exitCode).toBe(0);
    expect(list.stdout).toContain('push-vs-legacy');
    const plan = await sandbox.run(['connection-budget', '--dry-run']);
    expect(plan.exitCode).toBe(0);
    expect(plan.stdout).toMatch(/poolSize=80 +80 +45 async \+ 31 regular = +76 +of 97, 21 left/);
    expect(plan.stdout).toMatch(/ 150 +85 async \+ 57 regular = +142 +✗ refused$/m);
    expect(plan.stdout.replaceAll(/\s+/g, ' ')).toContain(
      'the server of poolSize=150 will refuse to start: 45 too many; poolSize 103 is the most that fits',
    );
    const modes = await sandbox.run(['split-vs-unified', '--dry-run']);
    expect(modes.stdout).toContain('poolSize=10 batch=100 split: push');
    expect(modes.stdout).toMatch(/poolSize=10 batch=100 split +10 +5 async \+ 4 regular = +9 /);
    expect(modes.stdout).toMatch(/ 80 +76 async \+ 0 regular = +76 /);
    const consumers = await sandbox.run(['pop-ack', '--dry-run']);
    expect(consumers.stdout.replaceAll(/\s+/g, ' ')).toContain('then 16 consumers × batch 100');
    expect(await sandbox.leftovers()).toEqual([]);
  });
});
