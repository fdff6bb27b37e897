import {
  FaultImpossible,
  type FaultOrder,
  type FaultTargets,
  type Inject,
  type LinkState,
  type NetworkLink,
} from './fault.ts';

const DEFAULT_DELAY_MS = 100;
const DEFAULT_BYTES_PER_S = 1_000_000;

/** What is done to a link now, the last fault last. */
const inEffect = new WeakMap<NetworkLink, LinkState[]>();

/** Connections end with FIN, and new ones are refused. */
export const networkCut: Inject = (targets, order) => disturb(targets, order, { state: 'cut' });

/** Connections end with RST, and new ones are refused. */
export const networkReset: Inject = (targets, order) => disturb(targets, order, { state: 'reset' });

export const networkBlackHole: Inject = (targets, order) => disturb(targets, order, { state: 'black-hole' });

export const networkHalfOpen: Inject = (targets, order) => disturb(targets, order, { state: 'half-open' });

export const networkLatency: Inject = (targets, order) =>
  disturb(targets, order, { state: 'latency', delayMs: order.delayMs ?? DEFAULT_DELAY_MS });

export const networkBandwidth: Inject = (targets, order) =>
  disturb(targets, order, { state: 'bandwidth', bytesPerS: order.bytesPerS ?? DEFAULT_BYTES_PER_S });

/** Of faults that overlap on one link the last one counts; when it heals, the one before it counts again. */
async function disturb({ links }: FaultTargets, { between }: FaultOrder, state: LinkState) {
  const link = links[between];
  if (link === undefined) {
    throw new FaultImpossible(`there is no proxy between the server and its ${between} in this run`);
  }
  const states = inEffect.get(link) ?? [];
  inEffect.set(link, states);
  states.push(state);
  await link.set(state);
  return {
    detail: `${wordsOf(state)} between the server and its ${between}`,
    async heal() {
      states.splice(states.indexOf(state), 1);
      await link.set(states.at(-1) ?? { state: 'open' });
    },
  };
}

function wordsOf(link: LinkState): string {
  if (link.state === 'latency') return `${link.delayMs} ms of latency in each direction`;
  if (link.state === 'bandwidth') return `${link.bytesPerS} bytes a second in each direction`;
  return link.state;
}
