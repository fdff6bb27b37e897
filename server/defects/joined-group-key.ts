import * as good from '../queue/prepared-push.ts';
import { startServerWith } from './composition/start-server-with.ts';

/**
 * docs/defects.md, 12: groups are told apart by `queue:partition`, so partition 1:2 of queue k is taken for partition 2
 * of queue k:1.
 */
class JoiningPreparation extends good.PushPreparation {
  override groups(): readonly good.PreparedGroup[] {
    const joined = Map.groupBy(super.groups(), ({ queue, partition }) => `${queue}:${partition}`);
    return [...joined.values()].flatMap((same) =>
      same.slice(0, 1).map((first) => ({ ...first, messages: same.flatMap(({ messages }) => messages) })),
    );
  }
}

await startServerWith('queue/prepared-push.ts', good, { PushPreparation: JoiningPreparation });
