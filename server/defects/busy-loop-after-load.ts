import * as good from '../http/push-body.ts';
import { startServerWith } from './composition/start-server-with.ts';

let spinning = false;

/** A socket that stays writable keeps the event loop busy for ever, at 100 % CPU. Here from the first push on. */
await startServerWith('http/push-body.ts', good, {
  decodePushBody: (body) => {
    if (!spinning) spin();
    spinning = true;
    return good.decodePushBody(body);
  },
});

function spin(): void {
  setImmediate(spin);
}
