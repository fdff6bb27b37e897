import { expectError, expectSame, expectShape, expectStatus, expectThat, fieldsOf, meansStatus } from '../assertion.ts';
import { type Behaviour, inSection } from '../behaviour.ts';
import { type CheckContext, numbered } from '../check-context.ts';
import { CannotCheck, given } from '../finding-error.ts';

const PATH = '/api/v1/system/maintenance';
/** All workers know of a change by then. */
const SPREAD_MS = 2_000;
const DRAIN_MS = 10_000;

/** Maintenance mode and the file buffer; what switches the mode on runs alone and switches it off again. */
export const MAINTENANCE_BEHAVIOURS: readonly Behaviour[] = inSection('maintenance and buffers', [
  {
    id: 'maintenance-status',
    text: 'GET tells the mode and what is buffered',
    check: async (context) => {
      const shape = { maintenanceMode: 'boolean', bufferedMessages: 'number', bufferHealthy: 'boolean' } as const;
      expectShape(await context.get(PATH), { ...shape, bufferStats: 'object' });
    },
  },
  {
    id: 'maintenance-refused',
    text: 'a body without enabled: true or false is answered 400 and changes nothing',
    check: async (context) => {
      for (const body of [{}, { enabled: 'yes' }]) {
        expectError(await context.post(PATH, body), 400, 'enabled (boolean) is required');
      }
    },
  },
  {
    id: 'buffers-status',
    text: 'GET /api/v1/status/buffers tells pending, failed and dbHealthy',
    check: async (context) => {
      expectShape(await context.get('/api/v1/status/buffers'), {
        pending: 'number',
        failed: 'number',
        dbHealthy: 'boolean',
      });
    },
  },
  {
    id: 'maintenance-switch',
    text: 'POST answers with the mode it set, and GET agrees',
    alone: true,
    check: (context) =>
      inMaintenance(context, async () => {
        const { maintenanceMode } = expectShape(await context.get(PATH), { maintenanceMode: 'boolean' });
        expectSame('maintenanceMode', maintenanceMode, true);
      }),
  },
  {
    id: 'maintenance-buffered',
    text: 'while it is on a push is answered buffered, under its own id, on both routes',
    alone: true,
    check: async (context) => {
      const queue = await context.queue();
      await inMaintenance(context, async () => {
        await untilPushesAre(context, 'buffered', SPREAD_MS);
        for (const path of ['/api/v1/push', '/api/v1/push-legacy']) {
          const items = numbered(3).map((item) => ({ ...item, transactionId: `${path}-${item.payload}` }));
          const reply = await context.pushReply(queue, items, path);
          if (path.endsWith('legacy') && meansStatus(reply, 404)) continue;
          expectStatus(reply, 201);
          const came = Array.isArray(reply.json)
            ? reply.json.map(({ status, transaction_id: id }) => [status, id])
            : null;
          expectSame(
            'results',
            came,
            items.map(({ transactionId }) => ['buffered', transactionId]),
            reply.request,
          );
        }
      });
    },
  },
  {
    id: 'maintenance-count',
    text: 'the count of buffered messages stays what was pushed: the buffer does not feed itself',
    alone: true,
    check: async (context) => {
      const queue = await context.queue();
      await inMaintenance(context, async () => {
        await untilPushesAre(context, 'buffered', SPREAD_MS);
        const before = await bufferedMessages(context);
        await context.push(queue, numbered(9));
        for (const afterMs of [0, 1_000, 1_000]) {
          await context.sleep(afterMs);
          expectSame('bufferedMessages', (await bufferedMessages(context)) - before, 9);
        }
      });
    },
  },
  {
    id: 'maintenance-drained',
    text: 'when it is off again the buffer is drained: everything, once, in order, before later pushes',
    alone: true,
    check: drained,
  },
  {
    id: 'maintenance-pop',
    text: 'consumers go on while it is on',
    alone: true,
    check: async (context) => {
      const queue = await context.queueOf(2);
      await inMaintenance(context, async () => {
        const [message] = await context.expectPop(queue, {}, [1]);
        expectSame('status of the ack', await context.ack(message), 'completed');
        await context.expectPop(queue, {}, [2]);
      });
    },
  },
  {
    id: 'maintenance-duplicate',
    text: 'an id that is buffered twice is delivered once, and its neighbours are too',
    alone: true,
    check: async (context) => {
      const queue = await context.queue();
      await inMaintenance(context, async () => {
        await untilPushesAre(context, 'buffered', SPREAD_MS);
        for (const transactionId of ['a', 'b', 'c', 'a', 'd']) {
          await context.push(queue, [{ transactionId, payload: transactionId }]);
        }
      });
      expectSame('payloads', await drainAtLeast(context, queue, 4), ['a', 'b', 'c', 'd']);
    },
  },
]);

async function drained(context: CheckContext): Promise<void> {
  const queue = await context.queueOf(2);
  await whileSwitchedOn(context, async () => {
    await untilPushesAre(context, 'buffered', SPREAD_MS);
    for (const payload of [3, 4, 5, 6]) {
      const [result] = await context.push(queue, [{ payload, transactionId: `m${payload}` }]);
      expectSame('status', result?.status, 'buffered');
    }
  });
  await context.push(queue, [{ payload: 7, transactionId: 'm7' }]);
  expectSame('payloads', await drainAtLeast(context, queue, 7), [1, 2, 3, 4, 5, 6, 7]);
  const left = await context.until(
    DRAIN_MS,
    () => bufferedMessages(context),
    (count) => count === 0,
  );
  expectSame('bufferedMessages', left, 0);
}

/** Drains the queue until so many messages came, or no more come in time. */
async function drainAtLeast(context: CheckContext, queue: string, count: number): Promise<readonly unknown[]> {
  const payloads: unknown[] = [];
  const enough = await context.until(
    DRAIN_MS,
    async () => payloads.push(...(await context.drain(queue))),
    (length) => length >= count,
  );
  if (enough < count) return payloads;
  // Whatever comes twice comes soon after.
  await context.sleep(300);
  return [...payloads, ...(await context.drain(queue))];
}

/**
 * Does something with maintenance mode on. It is off afterwards, whatever happens, and every worker stores pushes again:
 * what is asked next is not to be answered from the buffer of this.
 */
async function inMaintenance(context: CheckContext, act: () => Promise<void>): Promise<void> {
  await whileSwitchedOn(context, act);
  await untilPushesAre(context, 'queued', DRAIN_MS);
}

/** Does something with maintenance mode on; it is off afterwards, whatever happens. */
async function whileSwitchedOn(context: CheckContext, act: () => Promise<void>): Promise<void> {
  const before = await given(async () => expectShape(await context.get(PATH), { maintenanceMode: 'boolean' }));
  if (before.maintenanceMode === true) throw new CannotCheck('maintenance mode is on already, and is left as it is');
  try {
    await setMode(context, true);
    await act();
  } finally {
    // Without the context's deadline: it may be over, and the mode must not stay on.
    await context.client.send({ method: 'POST', path: PATH, body: { enabled: false } }).catch(() => undefined);
  }
  const { maintenanceMode } = fieldsOf(await context.get(PATH));
  expectSame('maintenanceMode after it was switched off', maintenanceMode, false);
}

async function setMode(context: CheckContext, enabled: boolean): Promise<void> {
  const reply = await context.post(PATH, { enabled });
  const { maintenanceMode } = expectShape(reply, { maintenanceMode: 'boolean', message: 'string' });
  expectSame('maintenanceMode', maintenanceMode, enabled, reply.request);
}

/** Waits until every worker that answers buffers, or stores: ten pushes in a row. */
async function untilPushesAre(context: CheckContext, status: 'buffered' | 'queued', withinMs: number): Promise<void> {
  const queue = await context.queue();
  const statuses = await context.until(
    withinMs,
    async () => {
      const replies = await Promise.all(Array.from({ length: 10 }, () => context.push(queue, [{}])));
      return replies.map(([result]) => result?.status);
    },
    (answers) => answers.every((answer) => answer === status),
  );
  expectThat(
    statuses.every((answer) => answer === status),
    `ten pushes ${status} within ${withinMs} ms`,
    statuses,
  );
}

async function bufferedMessages(context: CheckContext): Promise<number> {
  return expectShape(await context.get(PATH), { bufferedMessages: 'number' }).bufferedMessages as number;
}
