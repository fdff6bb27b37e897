import * as good from '../queue/async-queue-manager.ts';
import type { PushItem, PushResult } from '../queue/message.ts';
import { startServerWith } from './composition/start-server-with.ts';

/**
 * Batching in the server mixes up the replies of the requests it put together. Here one request in 50 gets another's.
 */
class SwappingManager extends good.AsyncQueueManager {
  #requests = 0;
  #last: readonly PushResult[] = [];

  override async pushMessages(items: readonly PushItem[]): Promise<readonly PushResult[]> {
    const results = await super.pushMessages(items);
    const last = this.#last;
    this.#last = results;
    this.#requests += 1;
    return this.#requests % 50 === 0 && last.length === results.length ? last : results;
  }
}

await startServerWith('queue/async-queue-manager.ts', good, { AsyncQueueManager: SwappingManager });
