import * as good from '../queue/partition-directory.ts';
import { startServerWith } from './composition/start-server-with.ts';

/** docs/defects.md, 16: a queue that is to be encrypted is stored in clear text. */
class ClearTextDirectory extends good.PartitionDirectory {
  override async find(queue: string, partition: string): Promise<good.KnownPartition | undefined> {
    const known = await super.find(queue, partition);
    return known && { ...known, options: { ...known.options, encryptionEnabled: false } };
  }
}

await startServerWith('queue/partition-directory.ts', good, { PartitionDirectory: ClearTextDirectory });
