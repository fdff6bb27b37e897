import { join } from 'node:path';
import { prepareBufferFolder } from '../faults/buffer-folder.ts';
import { FaultImpossible, type FaultTargets, type LinkState, type ServerControl } from '../faults/fault.ts';
import { startLink, type TcpLink } from '../faults/tcp-proxy.ts';
import { isMissing, type Missing } from '../history/evidence.ts';
import type { PlannedFault } from '../scenario/faults-group.ts';
import { ServerRefused } from '../target/running-server.ts';
import { startServerUnderTest } from '../target/server-under-test.ts';
import { foreignTarget, ownTarget, SERVER_SCHEMA, type TargetUnderTest } from '../target/target-under-test.ts';
import type { RunOrder } from './run-order.ts';

/** The server of a run with everything round it that faults need. Disposing it stops and removes all. */
export interface SystemUnderTest extends AsyncDisposable {
  readonly target: TargetUnderTest;
  /** What faults can be done to; Missing when nothing can. */
  readonly faultTargets: Omit<FaultTargets, 'random'> | Missing;
}

/** The server would not start with an arm's parameters; in its own words. */
export interface RefusedSystem extends AsyncDisposable {
  readonly refused: string;
}

const SERVER_START_TIMEOUT_MS = 60_000;

/**
 * Starts the server of a run, or takes the target that was named. A proxy stands between the server and its database or
 * its clients, and its buffer has a disk of its own, only where a fault or the latency of the arm needs that: a proxy costs
 * throughput.
 *
 * A refused start is an answer, not a failure of the run. Throws what keeps a run from being made at all.
 */
export async function takeSystem(order: RunOrder): Promise<SystemUnderTest | RefusedSystem> {
  try {
    return order.context.target === undefined ? await startSystem(order) : await joinSystem(order);
  } catch (error) {
    if (!(error instanceof ServerRefused)) throw error;
    return { refused: error.reason, [Symbol.asyncDispose]: async () => undefined };
  }
}

async function startSystem({ planned, index, watched, context }: RunOrder): Promise<SystemUnderTest> {
  if (isMissing(watched)) throw new Error(`a server cannot be started without a database: ${watched.missing}`);
  const { postgres, database } = watched;
  const {
    faults,
    server: { databaseLatencyMs, ...settings },
  } = planned.arm;
  await using undo = new AsyncDisposableStack();
  const logFile = join(context.folder, `server-${String(index).padStart(2, '0')}.log`);
  const isFarAway = databaseLatencyMs !== undefined;
  const databaseLink =
    isFarAway || needsLink(faults, 'database')
      ? undo.use(await startLink(database.target, distanceOf(databaseLatencyMs)))
      : undefined;
  const small = faults.some(({ kind }) => kind === 'buffer-disk-full');
  const bufferDisk = undo.use(await prepareBufferFolder({ folder: `${logFile}.buffer`, small }));
  const server = undo.use(
    await startServerUnderTest({
      ...settings,
      database: { ...database.target, ...addressOf(databaseLink) },
      logFile,
      bufferFolder: bufferDisk.folder,
      startTimeoutMs: SERVER_START_TIMEOUT_MS,
      ...(context.profiler === undefined ? {} : { launch: context.profiler.launch }),
    }),
  );
  const clients = needsLink(faults, 'clients') ? undo.use(await linkTo(server.baseUrl)) : undefined;
  const clientsUrl = urlOf(clients) ?? server.baseUrl;
  const target = undo.use(ownTarget({ server, logFile, clientsUrl }));
  const links = { database: databaseLink, clients };
  const cleanUp = undo.move();
  return {
    target,
    faultTargets: { postgres, database: database.target, schema: SERVER_SCHEMA, server, links, bufferDisk },
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

/** Of a server that was started elsewhere, faults can reach its database, if that is known, and the way to its clients. */
async function joinSystem({ planned, name, watched, context }: RunOrder): Promise<SystemUnderTest> {
  const baseUrl = context.target?.baseUrl ?? '';
  await using undo = new AsyncDisposableStack();
  const clients = needsLink(planned.arm.faults, 'clients') ? undo.use(await linkTo(baseUrl)) : undefined;
  const clientsUrl = urlOf(clients) ?? baseUrl;
  const target = undo.use(foreignTarget({ baseUrl, clientsUrl, queue: name, onNote: context.note }));
  const cleanUp = undo.move();
  return {
    target,
    faultTargets: isMissing(watched)
      ? watched
      : {
          postgres: watched.postgres,
          database: watched.database.target,
          schema: SERVER_SCHEMA,
          server: foreignServer(baseUrl),
          links: { database: undefined, clients },
          bufferDisk: { fill: notOurs, free: notOurs },
        },
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

function needsLink(faults: readonly PlannedFault[], side: PlannedFault['between']): boolean {
  return faults.some(({ kind, between }) => kind.startsWith('network-') && between === side);
}

/**
 * The whole delay is on the way back. A timer of Node goes off at whole milliseconds: a delay of 0.5 ms took 1.1 ms, as one
 * of 1 ms does, so two halves would be twice as long. A round trip through the proxy took 0.04 ms longer than without (one
 * connection, median), with 1 ms of delay 1.25 ms and with 20 ms 20.9 ms.
 */
function distanceOf(latencyMs: number | undefined): LinkState {
  return latencyMs === undefined ? { state: 'open' } : { state: 'late-replies', delayMs: latencyMs };
}

function linkTo(baseUrl: string): Promise<TcpLink> {
  const { hostname, port } = new URL(baseUrl);
  // A URL leaves the port of its protocol out.
  return startLink({ host: hostname, port: Number(port || 80) });
}

function addressOf(link: TcpLink | undefined): { readonly host: string; readonly port: number } | undefined {
  return link === undefined ? undefined : { host: link.host, port: link.port };
}

function urlOf(link: TcpLink | undefined): string | undefined {
  return link === undefined ? undefined : `http://${link.host}:${link.port}`;
}

function foreignServer(baseUrl: string): ServerControl {
  const refuse = () => {
    throw impossible();
  };
  return {
    baseUrl,
    get pid() {
      return refuse();
    },
    workerPids: refuse,
    killWorker: notOurs,
    untilWorkersReplaced: notOurs,
    kill: notOurs,
    terminate: notOurs,
    pause: refuse,
    resume: refuse,
    start: notOurs,
  };
}

async function notOurs(): Promise<never> {
  throw impossible();
}

function impossible(): FaultImpossible {
  return new FaultImpossible('the server was not started here, so its processes and its disk are not ours to disturb');
}
