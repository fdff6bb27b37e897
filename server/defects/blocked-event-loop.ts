import * as good from '../http/push-body.ts';
import { startServerWith } from './composition/start-server-with.ts';

/**
 * docs/defects.md, 13: a push holds the worker's event loop until PostgreSQL has stored it: 726 ms with 10,000 items.
 */
const BLOCKED_MS_AN_ITEM = 0.25;

await startServerWith('http/push-body.ts', good, {
  decodePushBody: (body) => {
    const items = good.decodePushBody(body);
    const until = performance.now() + items.length * BLOCKED_MS_AN_ITEM;
    while (performance.now() < until);
    return items;
  },
});
