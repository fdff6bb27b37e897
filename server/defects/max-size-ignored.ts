import * as good from '../queue/partition-directory.ts';
import { startServerWith } from './composition/start-server-with.ts';

/** docs/defects.md, 17: a queue's capacity is lost in a rewrite. */
class BoundlessDirectory extends good.PartitionDirectory {
  override async find(queue: string, partition: string): Promise<good.KnownPartition | undefined> {
    const known = await super.find(queue, partition);
    return known && { ...known, options: { ...known.options, maxSize: 0 } };
  }
}

await startServerWith('queue/partition-directory.ts', good, { PartitionDirectory: BoundlessDirectory });
