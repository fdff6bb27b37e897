import type { Static } from 'typebox';
import { durationToMs } from './duration.ts';
import type { Arrivals, LoadGroup, LoadModel, Route, SaturationGroup } from './load-group.ts';

/** The load of an arm with its durations decoded. */
export interface ArmLoad {
  readonly route: Route;
  readonly model: LoadModel;
  readonly batch: number;
  readonly payloadBytes: number;
  readonly partitions: number;
  /** Of the closed loop. */
  readonly connections: number;
  /** Undefined in a closed loop. */
  readonly open: OpenLoad | undefined;
  /** Undefined in all other models. */
  readonly saturation: SaturationLoad | undefined;
  /** 0 when a number of messages is given. */
  readonly warmUpMs: number;
  /** Of a search for saturation, that of the hold. */
  readonly durationMs: number;
  /** 0 where unsteadiness is no reason to go on. */
  readonly extendMs: number;
  readonly messages: number | undefined;
  /** Shares of the requests, 0…1. */
  readonly repeat: number;
  readonly poison: number;
  /** Further producers with larger requests. */
  readonly bulk: { readonly producers: number; readonly batch: number; readonly pauseMs: number };
}

/** An open loop's requests; rates are requests per second. */
export interface OpenLoad {
  readonly rate: number;
  /** Where the rate ends; undefined: it stays. */
  readonly to: number | undefined;
  readonly arrivals: Arrivals;
  readonly burst: number;
  readonly connections: number;
}

/** The search for the highest rate that is sustained; rates are requests per second. */
export interface SaturationLoad {
  readonly from: number;
  readonly stepMs: number;
  readonly holdMs: number;
  /** Shares of the capacity, 0…1. */
  readonly levels: readonly number[];
}

/** Decodes a load. Under faults throughput is meant to change: `isFaulted` keeps the window where it is. */
export function armLoad(load: Static<typeof LoadGroup>, isFaulted: boolean): ArmLoad {
  const { closed, open, saturation, bulk } = load;
  const model = load.model as LoadModel;
  const search = model === 'saturation' ? saturationLoad(saturation) : undefined;
  return {
    route: load.route as Route,
    model,
    batch: load.batch,
    payloadBytes: load.payloadBytes,
    partitions: load.partitions,
    connections: closed.connections,
    open:
      model === 'closed'
        ? undefined
        : { ...open, to: model === 'open' ? open.to : undefined, arrivals: open.arrivals as Arrivals },
    saturation: search,
    warmUpMs: load.messages === undefined ? durationToMs(load.warmUp) : 0,
    durationMs: search?.holdMs ?? durationToMs(load.duration),
    extendMs: isFaulted || load.messages !== undefined || model !== 'closed' ? 0 : durationToMs(load.extend),
    messages: load.messages,
    repeat: load.repeat,
    poison: load.poison,
    bulk: { producers: bulk.producers, batch: bulk.batch, pauseMs: durationToMs(bulk.pause) },
  };
}

function saturationLoad({ from, step, hold, levels }: Static<typeof SaturationGroup>): SaturationLoad {
  return { from, stepMs: durationToMs(step), holdMs: durationToMs(hold), levels };
}
