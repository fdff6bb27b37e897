// Loaded before the program into every process and thread of a profiled server, by `--import <this file>?kind=…&port=…&token=…`
// in its NODE_OPTIONS: the server itself knows nothing of profiles.
import cluster from 'node:cluster';
import { Session } from 'node:inspector/promises';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { threadId } from 'node:worker_threads';
import type { InspectorKind } from './profile-kind.ts';
import type { ThreadName, V8Profile } from './profile-line.ts';

const { searchParams } = new URL(import.meta.url);
const kind = searchParams.get('kind') as InspectorKind;
const session = new Session();
session.connect();
let fromUs = 0;

if (kind === 'cpu') {
  // From the very start, to be cut to the window later: of code that was optimised before the profiler began, V8 does not
  // know which functions were inlined, and counts their time to their callers.
  await session.post('Profiler.enable');
  await session.post('Profiler.start');
}

// The line must neither keep the process alive nor end it.
const socket = connect(Number(searchParams.get('port')), '127.0.0.1').unref();
socket.on('error', () => undefined);
const send = (message: ThreadName | V8Profile) => socket.write(`${JSON.stringify(message)}\n`);
send({ token: searchParams.get('token') ?? '', pid: process.pid, threadId, worker: cluster.worker?.id ?? 0 });
createInterface({ input: socket }).on('line', (order) => void (order === 'start' ? start() : stop()));

async function start(): Promise<void> {
  fromUs = Number(process.hrtime.bigint() / 1000n);
  if (kind === 'cpu') return;
  await session.post('HeapProfiler.startSampling', {
    // What was thrown away again counts too: it is what the garbage collector works for.
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
}

async function stop(): Promise<void> {
  if (kind === 'cpu') send({ kind, fromUs, profile: (await session.post('Profiler.stop')).profile });
  else send({ kind, profile: (await session.post('HeapProfiler.stopSampling')).profile });
  session.disconnect();
}
