import type { FaultKind } from '../history/fault-record.ts';
import { backendsTerminate } from './backends-terminate.ts';
import { connectionsTaken } from './connections-taken.ts';
import { bufferDiskFull } from './disk-faults.ts';
import type { Inject } from './fault.ts';
import { heldXmin } from './held-xmin.ts';
import { maintenance } from './maintenance-fault.ts';
import {
  networkBandwidth,
  networkBlackHole,
  networkCut,
  networkHalfOpen,
  networkLatency,
  networkReset,
} from './network-faults.ts';
import { postgresKill } from './postgres-kill.ts';
import { postgresPause } from './postgres-pause.ts';
import { postgresRestart } from './postgres-restart.ts';
import { rowLock } from './row-lock.ts';
import { serverKill, serverPause, serverTerminate, workerKill } from './server-faults.ts';
import { slowQueries } from './slow-queries.ts';
import { tableLock } from './table-lock.ts';

/** How each kind of fault is done. */
export const FAULT_INJECTORS: Readonly<Record<FaultKind, Inject>> = {
  'postgres-kill': postgresKill,
  'postgres-pause': postgresPause,
  'postgres-restart': postgresRestart,
  'backends-terminate': backendsTerminate,
  'connections-taken': connectionsTaken,
  'row-lock': rowLock,
  'table-lock': tableLock,
  'held-xmin': heldXmin,
  'slow-queries': slowQueries,
  'network-cut': networkCut,
  'network-reset': networkReset,
  'network-black-hole': networkBlackHole,
  'network-half-open': networkHalfOpen,
  'network-latency': networkLatency,
  'network-bandwidth': networkBandwidth,
  'server-kill': serverKill,
  'server-terminate': serverTerminate,
  'server-pause': serverPause,
  'worker-kill': workerKill,
  maintenance,
  'buffer-disk-full': bufferDiskFull,
};
