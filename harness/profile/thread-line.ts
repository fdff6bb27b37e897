import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { ProfileOrder, ThreadName, V8Profile } from './profile-line.ts';

/** The harness's end of the line to one thread of a profiled server; whoever else connects does not know the token. */
export class ThreadLine {
  readonly #socket: Socket;
  readonly #token: string;
  readonly #profile = Promise.withResolvers<V8Profile | undefined>();
  #name: ThreadName | undefined;
  #isStarted = false;

  constructor(socket: Socket, token: string) {
    this.#socket = socket;
    this.#token = token;
    // The close that follows tells all.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#profile.resolve(undefined));
    createInterface({ input: socket }).on('line', (line) => this.#take(line));
  }

  /** Undefined as long as the thread has not said. */
  get name(): ThreadName | undefined {
    return this.#name;
  }

  /** It was told to start, and may owe an answer. */
  get isStarted(): boolean {
    return this.#isStarted;
  }

  start(): void {
    if (!this.#socket.writable) return;
    this.#isStarted = true;
    this.#tell('start');
  }

  /** What the thread has seen; undefined when it was never started or has ended before. */
  async stop(): Promise<V8Profile | undefined> {
    if (!this.#isStarted) return undefined;
    this.#tell('stop');
    return await this.#profile.promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #tell(order: ProfileOrder): void {
    if (this.#socket.writable) this.#socket.write(`${order}\n`);
  }

  #take(line: string): void {
    if (!line.includes(this.#token) && this.#name === undefined) {
      this.#socket.destroy();
      return;
    }
    const message = JSON.parse(line) as ThreadName | V8Profile;
    if ('kind' in message) this.#profile.resolve(message);
    else this.#name = message;
  }
}
