import type { FaultKind } from '../history/fault-record.ts';
import { backendsTerminate } from './backends-terminate.ts';
import { connectionsTaken } from './connections-taken.ts';
import { FaultImpossible, type Inject } from './fault.ts';
import { heldXmin } from './held-xmin.ts';
import { postgresKill } from './postgres-kill.ts';
import { postgresPause } from './postgres-pause.ts';
import { postgresRestart } from './postgres-restart.ts';
import { rowLock } from './row-lock.ts';
import { slowQueries } from './slow-queries.ts';
import { tableLock } from './table-lock.ts';

const notBuiltYet: Inject = async (_, { kind }) => {
  throw new FaultImpossible(`${kind} is not built yet`);
};

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
  'network-cut': notBuiltYet,
  'network-reset': notBuiltYet,
  'network-black-hole': notBuiltYet,
  'network-half-open': notBuiltYet,
  'network-latency': notBuiltYet,
  'network-bandwidth': notBuiltYet,
  'server-kill': notBuiltYet,
  'server-terminate': notBuiltYet,
  'server-pause': notBuiltYet,
  'worker-kill': notBuiltYet,
  maintenance: notBuiltYet,
  'buffer-disk-full': notBuiltYet,
};
