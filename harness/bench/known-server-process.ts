/** A server whose times are known; started by known-server.ts. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { serveParent } from '../load/child-task.ts';
import { monotonicUs } from '../measure/monotonic-clock.ts';
import type { KnownAnswers, KnownServerPort } from './known-server.ts';
import { answerUs, type ServerModel } from './server-model.ts';

const HEAD_END = '\r\n\r\n';
const LENGTH = /content-length: *(\d+)/i;
const ID = '"transactionId":"';

/** Of all messages the same: a benchmark of the client is none of making ids. */
const MESSAGE_ID = '01a20679-6f42-7001-a385-8649ba840ae9';

/** Single pushes over plain sockets, so that next to nothing of the machine goes into HTTP on this side. */
class Answers {
  readonly #model: ServerModel;
  #answeredUs = new Float64Array(1_024);
  #largest = -1;
  #requests = 0;
  #firstUs = 0;

  constructor(model: ServerModel) {
    this.#model = model;
  }

  result(): KnownAnswers {
    return { answeredUs: this.#answeredUs.slice(0, this.#largest + 1), requests: this.#requests };
  }

  take(body: string, socket: Socket): void {
    const nowUs = monotonicUs();
    this.#requests += 1;
    if (this.#requests === 1) this.#firstUs = nowUs;
    const start = body.indexOf(ID) + ID.length;
    const transactionId = body.slice(start, body.indexOf('"', start));
    const waitUs = this.#firstUs + answerUs(this.#model, nowUs - this.#firstUs) - nowUs;
    if (waitUs <= 0) this.#answer(transactionId, socket);
    else setTimeout(() => this.#answer(transactionId, socket), waitUs / 1_000);
  }

  #answer(transactionId: string, socket: Socket): void {
    this.#note(Number(transactionId.slice(transactionId.lastIndexOf('-') + 1)));
    const body = `[{"status":"queued","transaction_id":"${transactionId}","message_id":"${MESSAGE_ID}"}]`;
    socket.write(
      `HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      'latin1',
    );
  }

  #note(number: number): void {
    if (number >= this.#answeredUs.length) {
      const grown = new Float64Array(Math.max(number + 1, this.#answeredUs.length * 2));
      grown.set(this.#answeredUs);
      this.#answeredUs = grown;
    }
    this.#largest = Math.max(this.#largest, number);
    this.#answeredUs[number] = monotonicUs();
  }
}

/** Cuts what comes over a connection into requests. */
function attend(socket: Socket, answers: Answers): void {
  let pending = '';
  socket.setNoDelay();
  socket.setEncoding('latin1').on('data', (text) => {
    pending += text;
    for (;;) {
      const headEnd = pending.indexOf(HEAD_END);
      if (headEnd < 0) return;
      const bodyStart = headEnd + HEAD_END.length;
      const bodyEnd = bodyStart + Number(LENGTH.exec(pending)?.[1] ?? 0);
      if (pending.length < bodyEnd) return;
      const body = pending.slice(bodyStart, bodyEnd);
      pending = pending.slice(bodyEnd);
      answers.take(body, socket);
    }
  });
  // A load that ends cuts its connections.
  socket.on('error', () => undefined);
}

serveParent<ServerModel, KnownServerPort, KnownAnswers, string>(async (model, report, next) => {
  const answers = new Answers(model);
  const server = createServer((socket) => attend(socket, answers));
  server.listen(0, '127.0.0.1', 1_024);
  await once(server, 'listening');
  report({ port: (server.address() as AddressInfo).port });
  await next();
  return answers.result();
});
