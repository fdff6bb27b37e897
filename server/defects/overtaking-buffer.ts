import * as good from '../buffer/buffer-line.ts';
import { startServerWith } from './composition/start-server-with.ts';

/** As soon as PostgreSQL answers, pushes go there again and overtake what the buffer still holds. */
class OvertakingLine extends good.BufferLine {
  override get isDirect(): boolean {
    return super.isDirect || !this.maintenance;
  }
}

await startServerWith('buffer/buffer-line.ts', good, { BufferLine: OvertakingLine });
