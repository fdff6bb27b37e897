import {
  FaultImpossible,
  type FaultOrder,
  type FaultTargets,
  type InjectedFault,
  type LinkState,
  type NetworkLink,
} from './fault.ts';

const DEFAULT_DELAY_MS = 100;
const DEFAULT_BYTES_PER_S = 1_000_000;

type NetworkFault = (
  targets: Pick<FaultTargets, 'links'>,
  order: Pick<FaultOrder, 'between' | 'delayMs' | 'bytesPerS'>,
) => Promise<InjectedFault>;

/** What faults do to a link now, the last one last. */
const inEffect = new WeakMap<NetworkLink, LinkState[]>();

/** Connections end with FIN, and new ones are refused. */
export const networkCut = faultOf(() => ({ state: 'cut' }));

/** Connections end with RST, and new ones are refused. */
export const networkReset = faultOf(() => ({ state: 'reset' }));

/** Nothing passes, and nobody is told; what was held back arrives when it heals. */
export const networkBlackHole = faultOf(() => ({ state: 'black-hole' }));

/** Replies do not pass; connections that lost some are reset when it heals. */
export const networkHalfOpen = faultOf(() => ({ state: 'half-open' }));

/** 100 ms in each direction when the order names no delay. */
export const networkLatency = faultOf(({ delayMs = DEFAULT_DELAY_MS }) => ({ state: 'latency', delayMs }));

/** 1 MB a second in each direction when the order names no bandwidth. */
export const networkBandwidth = faultOf(({ bytesPerS = DEFAULT_BYTES_PER_S }) => ({ state: 'bandwidth', bytesPerS }));

/** Of faults that overlap on one link the last one counts; when it heals, the one before it counts again. */
function faultOf(stateFor: (order: Pick<FaultOrder, 'delayMs' | 'bytesPerS'>) => LinkState): NetworkFault {
  return async ({ links }, { between, ...order }) => {
    const link = links[between];
    if (link === undefined) {
      throw new FaultImpossible(`there is no proxy between the server and its ${between} in this run`);
    }
    const state = stateFor(order);
    const states = inEffect.get(link) ?? [];
    inEffect.set(link, states);
    states.push(state);
    await link.set(state);
    return {
      detail: `${wordsOf(state)} between the server and its ${between}`,
      async heal() {
        states.splice(states.indexOf(state), 1);
        await link.set(states.at(-1) ?? link.base);
      },
    };
  };
}

function wordsOf(link: LinkState): string {
  if (link.state === 'latency') return `${link.delayMs} ms of latency in each direction`;
  if (link.state === 'bandwidth') return `${link.bytesPerS} bytes a second in each direction`;
  return link.state;
}
