import * as good from '../queue/consumption.ts';
import type { Delivery } from '../queue/pop.ts';
import { targetKey } from '../sql/pop-target.ts';
import { startServerWith } from './composition/start-server-with.ts';

/** docs/defects.md, 10: two consumers that wait for the same share one pop, and with it one lease of one partition. */
class SharingConsumption extends good.Consumption {
  readonly #halves = new Map<string, Promise<Delivery | undefined>>();

  override async popWaiting(wish: good.PopWish, timeoutMs: number, gone: AbortSignal): Promise<Delivery | undefined> {
    const key = targetKey(wish.request.target);
    const half = this.#halves.get(key);
    if (half !== undefined) {
      this.#halves.delete(key);
      return await half;
    }
    const popping = super.popWaiting(wish, timeoutMs, gone);
    const second = popping.then((delivery) => partOf(delivery, 1));
    this.#halves.set(key, second);
    try {
      const delivery = await popping;
      // Nobody shares it.
      if (this.#halves.get(key) === second) return delivery;
      return partOf(delivery, 0);
    } finally {
      if (this.#halves.get(key) === second) this.#halves.delete(key);
    }
  }
}

function partOf(delivery: Delivery | undefined, part: 0 | 1): Delivery | undefined {
  if (delivery === undefined) return undefined;
  const middle = Math.ceil(delivery.messages.length / 2);
  const messages = part === 0 ? delivery.messages.slice(0, middle) : delivery.messages.slice(middle);
  return messages.length === 0 ? undefined : { ...delivery, messages };
}

await startServerWith('queue/consumption.ts', good, { Consumption: SharingConsumption });
