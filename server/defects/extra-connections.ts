import * as good from '../pool/async-db-pool.ts';
import { startServerWith } from './composition/start-server-with.ts';

/** A pool that opens connections beyond its size (the original's, when one was waited for too long). */
class LargerPool extends good.AsyncDbPool {
  constructor(options: good.PoolOptions) {
    super({ ...options, size: options.size + 2 });
  }
}

await startServerWith('pool/async-db-pool.ts', good, { AsyncDbPool: LargerPool });
