import type { ConnectionTarget, RunningPostgres } from '../postgres/provider.ts';
import type { PlannedFault } from '../scenario/faults-group.ts';

/** What a network link does to what passes through it. `open` passes everything at once. */
export type LinkState =
  | { readonly state: 'open' }
  /** Ends connections with FIN, `reset` with RST; new ones are refused. */
  | { readonly state: 'cut' | 'reset' }
  /** Keeps connections, and accepts new ones, but passes nothing on; `half-open` passes only what goes to the server side. */
  | { readonly state: 'black-hole' | 'half-open' }
  | { readonly state: 'latency'; readonly delayMs: number }
  /** Delays what goes to the client side alone, so that a round trip takes as much longer, not twice as much. */
  | { readonly state: 'late-replies'; readonly delayMs: number }
  | { readonly state: 'bandwidth'; readonly bytesPerS: number };

/** A TCP proxy in front of the database or of the server under test. */
export interface NetworkLink {
  /** What it does while no fault is in effect. */
  readonly base: LinkState;
  /** Puts the link into a state; resolves when it is in effect for all connections, those that exist among them. */
  set(state: LinkState): Promise<void>;
}

/** The server under test as faults handle it. */
export interface ServerControl {
  readonly baseUrl: string;
  /** The primary that lives now. */
  readonly pid: number;
  workerPids(): readonly number[];
  /** SIGKILL to one of them; resolves when it has ended. Throws when it is none of them. */
  killWorker(pid: number): Promise<void>;
  /** Resolves when as many workers live as there are to be; throws when that takes too long. */
  untilWorkersReplaced(): Promise<void>;
  /** SIGKILL to the whole process group; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM to the primary; resolves when the server is gone, SIGKILL after the stop time-out. */
  terminate(): Promise<void>;
  /** SIGSTOP to the whole process group; resolves when all of it stands still. Throws when the server is down. */
  pause(): Promise<void>;
  /** SIGCONT to the whole process group; nothing happens when it runs or is down. */
  resume(): void;
  /** Starts it again unless it runs: same port, same key, same buffer folder. Resolves when it listens. */
  start(): Promise<void>;
}

/** The file system under the server's buffer. */
export interface BufferDisk {
  /**
   * Takes all room, that which becomes free later too; resolves with how many bytes that were. Throws
   * {@link FaultImpossible} where the disk is not ours alone.
   */
  fill(): Promise<number>;
  /** Gives it back. */
  free(): Promise<void>;
}

/** What faults can be done to. */
export interface FaultTargets {
  readonly postgres: RunningPostgres;
  /** The run's database, reached without any proxy. */
  readonly database: ConnectionTarget;
  /** Schema of the server's tables. */
  readonly schema: string;
  readonly server: ServerControl;
  /** Undefined where no fault of the schedule needs one. */
  readonly links: { readonly database: NetworkLink | undefined; readonly clients: NetworkLink | undefined };
  readonly bufferDisk: BufferDisk;
  /** 0…1, from the seed. */
  readonly random: () => number;
}

/** A fault with everything decided that its plan left to chance. */
export interface FaultOrder extends Pick<PlannedFault, 'kind' | 'count' | 'between' | 'bytesPerS'> {
  readonly delayMs: number | undefined;
}

/** A fault that is in effect. */
export interface InjectedFault {
  /** What was done, for the record; no secrets. */
  readonly detail: string;
  /** How many it hit, for the record. */
  readonly count?: number | undefined;
  /** It was over at once, whatever its plan says: healing is only to see the last of it, and begins without delay. */
  readonly isOver?: true;
  /** Undoes it; resolves when it is seen to be undone. Faults that are over at once have nothing to undo. */
  heal(): Promise<void>;
}

/**
 * Does one kind of fault; resolves when it is seen to be in effect. Throws {@link FaultImpossible} when this provider or
 * machine cannot do it, and any other error when it went wrong.
 */
export type Inject = (targets: FaultTargets, order: FaultOrder) => Promise<InjectedFault>;

/** This provider or machine cannot do the fault; a check that needs it is `unknown` then. */
export class FaultImpossible extends Error {
  override readonly name = 'FaultImpossible';
}
