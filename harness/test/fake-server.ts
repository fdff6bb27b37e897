/**
 * Stands in for the server in the tests of server-process.ts: speaks its log events and obeys SIGTERM, nothing else.
 * The database's name says how it behaves; that is the one thing a test can choose.
 */
import { spawn } from 'node:child_process';

function say(event: string, fields: object = {}): void {
  process.stdout.write(`${JSON.stringify({ level: 30, event, ...fields })}\n`);
}

const environment = process.env;
// Keeps the process alive, as a listening socket would.
const alive = setInterval(() => undefined, 60_000);

function end(): void {
  say('stopped');
  clearInterval(alive);
}

/** The signal may come as soon as the line is out, so what it does is settled before. */
function listen(onSigterm: () => void = end): void {
  process.on('SIGTERM', onSigterm);
  say('worker-started', { workerPid: process.pid });
  say('listening', { port: 4711, workers: Number(environment.NUM_WORKERS) });
}

/** A child in the same group that ignores SIGTERM and holds the log open. */
function startStubbornChild(): void {
  const program = `process.on('SIGTERM', () => undefined); setInterval(() => undefined, 60_000)`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'inherit', 'inherit'] });
  child.unref();
  say('worker-started', { workerPid: child.pid });
}

switch (environment.PG_DB) {
  case 'good':
    say('environment', { names: Object.keys(environment).sort(), argv: process.argv.slice(2) });
    listen();
    break;
  case 'refused':
    say('refused', { reason: 'the budget of 142 connections does not fit in max_connections 100' });
    process.exitCode = 78;
    clearInterval(alive);
    break;
  case 'broken':
    process.stderr.write('Error: cannot find anything\n');
    process.exitCode = 1;
    clearInterval(alive);
    break;
  case 'silent':
    startStubbornChild();
    break;
  case 'crashing':
    listen();
    say('worker-replaced');
    setTimeout(() => process.kill(process.pid, 'SIGKILL'), 50);
    break;
  case 'deaf':
    startStubbornChild();
    listen(() => undefined);
    break;
  case 'orphaning':
    startStubbornChild();
    listen();
    break;
}
