import { expectError, expectSame, expectShape, expectStatus, expectThat, fieldsOf } from '../assertion.ts';
import { type Behaviour, inSection } from '../behaviour.ts';
import { PUSH, popPath } from '../check-context.ts';
import { CannotCheck } from '../finding-error.ts';
import { declaredStatuses } from '../status-probe.ts';
import { pushResults } from '../wire-reply.ts';

const BODY_ROUTES = ['/api/v1/push', '/api/v1/ack', '/api/v1/ack/batch', '/api/v1/configure', '/api/v1/transaction'];

/** What every route has in common. */
export const HTTP_BEHAVIOURS: readonly Behaviour[] = inSection('HTTP', [
  {
    id: 'declared-statuses',
    text: 'replies carry their declared status codes',
    check: async (context) => {
      const { wrong, unanswered } = await declaredStatuses(context.client, context.prefix);
      const [first] = wrong;
      const told = wrong.map(({ what, declared, reply }) => `${what}: ${declared}, came ${reply.status}`).join('; ');
      expectThat(first === undefined, 'the declared status codes', told, first?.reply.request);
      if (unanswered > 0) throw new CannotCheck(`${unanswered} of the requests that show it were not answered`);
    },
  },
  {
    id: 'unknown-route',
    text: 'an unknown route, or a known one with another method, is answered 404 (405) with {"error": …}',
    check: async (context) => {
      expectError(await context.get('/api/v1/no-such-route'), 404);
      expectError(await context.post('/api/v1/no-such-route', {}), 404);
      const reply = await context.send({ method: 'PUT', path: PUSH, body: {} });
      expectError(reply, reply.status === 405 ? 405 : 404);
    },
  },
  {
    id: 'empty-body',
    text: 'an empty body is answered 400 Empty request body',
    check: async (context) => {
      for (const path of BODY_ROUTES) expectError(await context.post(path, ''), 400, 'Empty request body');
    },
  },
  {
    id: 'invalid-json',
    text: 'a body that is no JSON is answered 400 Invalid JSON: …',
    check: async (context) => {
      for (const path of BODY_ROUTES) expectError(await context.post(path, '{bad'), 400, 'Invalid JSON: ');
    },
  },
  {
    id: 'strange-json',
    text: 'JSON that is no object is answered 400, never 500',
    check: async (context) => {
      for (const body of ['[]', 'null', '5', '"x"', '{"__proto__":1}']) {
        for (const path of BODY_ROUTES) expectError(await context.post(path, body), 400);
      }
    },
  },
  {
    id: 'content-type-ignored',
    text: 'a body is JSON whatever its content type says',
    check: async (context) => {
      const queue = await context.queue();
      const types = ['text/plain', 'application/x-www-form-urlencoded', 'application/json; charset=utf-8', 'x/y'];
      for (const type of types) {
        const body = { items: [{ queue }] };
        const order = { method: 'POST', path: PUSH, body, headers: { 'content-type': type } };
        const reply = await context.send(order);
        expectSame('status', pushResults(reply, 1)[0]?.status, 'queued', reply.request);
      }
    },
  },
  {
    id: 'content-type-sent',
    text: 'JSON is sent as application/json, errors too',
    check: async (context) => {
      const replies = [
        await context.get('/health'),
        await context.post(PUSH, { items: [] }),
        await context.post(PUSH, {}),
      ];
      for (const reply of replies) {
        const type = String(reply.headers['content-type']);
        expectThat(type.startsWith('application/json'), 'content-type: application/json', type, reply.request);
      }
    },
  },
  {
    id: 'head',
    text: 'HEAD takes no message',
    check: async (context) => {
      const queue = await context.queueOf(1);
      await context.send({ method: 'HEAD', path: `${popPath(queue)}?autoAck=true` });
      await context.expectPop(queue, {}, [1]);
    },
  },
  {
    id: 'errors-are-text',
    text: 'an error is one object with a text in error',
    check: async (context) => {
      const reply = await context.post('/api/v1/ack', {});
      expectError(reply, 400);
      expectSame('type of error', typeof fieldsOf(reply).error, 'string', reply.request);
    },
  },
  {
    id: 'names-decoded',
    text: 'names in paths and queries are percent-decoded, + in a query is a blank',
    check: async (context) => {
      const queue = context.queueName(' a+b');
      expectStatus(await context.configure(queue), 200);
      await context.store(queue, [{ payload: 1 }]);
      const path = `${popPath(queue)}?consumerGroup=a+b`;
      const reply = await context.get(path);
      expectStatus(reply, 200);
      const { messages } = fieldsOf(reply);
      const group = Array.isArray(messages) ? messages[0]?.consumerGroup : undefined;
      expectSame('consumerGroup', group, 'a b', reply.request);
    },
  },
  {
    id: 'many-at-once',
    text: '200 requests at the same time are all answered',
    check: async (context) => {
      const queue = await context.queue();
      const requests = Array.from({ length: 200 }, (_, index) =>
        index % 2 === 0 ? context.pushReply(queue, [{ payload: index }]) : context.get('/health'),
      );
      for (const [index, reply] of (await Promise.all(requests)).entries()) {
        if (index % 2 === 0) pushResults(reply, 1);
        else expectShape(reply, { status: 'string' });
      }
    },
  },
]);
