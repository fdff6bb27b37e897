import { setTimeout as delay } from 'node:timers/promises';
import * as good from '../buffer/drain.ts';
import { startServerWith } from './composition/start-server-with.ts';

/** Records that go round in one turn, and the pause between two. */
const RECORDS = 200;
const TURN_MS = 500;

/**
 * docs/defects.md, 7: in maintenance the drain goes on and pushes what it reads by the ordinary way, which is into the
 * buffer; what it has read is kept as failed and tried again, so the buffer grows by itself and loses its order.
 */
class SelfFeedingDrain extends good.Drain {
  readonly #parts: good.DrainOptions;
  #stopped = false;

  constructor(options: good.DrainOptions) {
    super(options);
    this.#parts = options;
  }

  override start(): void {
    super.start();
    void this.#feed();
  }

  override async stop(): Promise<void> {
    this.#stopped = true;
    await super.stop();
  }

  async #feed(): Promise<void> {
    const { buffer, route } = this.#parts;
    while (!this.#stopped) {
      await delay(TURN_MS, undefined, { ref: false });
      if (!route.state.maintenance) continue;
      const texts = (await buffer.read(RECORDS, Number.MAX_SAFE_INTEGER)).map(({ text }) => text);
      await buffer.append([...texts, ...texts]);
      await buffer.settle(texts.length, undefined);
    }
  }
}

await startServerWith('buffer/drain.ts', good, { Drain: SelfFeedingDrain });
