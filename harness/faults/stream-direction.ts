import type { Socket } from 'node:net';
import type { Passage } from './passage.ts';
import { resetSocket } from './reset-socket.ts';

/** Kept of one direction while its receiver does not take it, or has no tokens. */
const MOST_QUEUED_BYTES = 2 ** 20;

/** Kept of one direction that is delayed: 16 MB allow 160 MB a second with a delay of 100 ms. */
const MOST_DELAYED_BYTES = 16 * 2 ** 20;

/** Something that came in and is to go out, in order: bytes, or how the sender ended. */
type Item =
  | { readonly kind: 'data'; readonly bytes: Buffer; readonly atMs: number }
  | { readonly kind: 'fin' | 'rst'; readonly atMs: number };

/** Carries what one socket receives to another one, as its passage says: bytes, FIN and RST, in order, with back-pressure. */
export class StreamDirection {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #queue: Item[] = [];
  #passage: Passage;
  #queuedBytes = 0;
  #ended = false;
  #swallowed = false;
  #timer: NodeJS.Timeout | undefined;
  /** The passage that was asked for tokens and has not granted them yet. */
  #askedOf: Passage | undefined;

  constructor(source: Socket, sink: Socket, passage: Passage) {
    this.#source = source;
    this.#sink = sink;
    this.#passage = passage;
    source.on('data', (bytes: Buffer) => {
      this.#take({ kind: 'data', bytes, atMs: performance.now() });
      this.#steer();
    });
    source.on('end', () => {
      this.#ended = true;
      this.#take({ kind: 'fin', atMs: performance.now() });
    });
    source.on('close', (hadError) => {
      if (!this.#ended || hadError) this.#take({ kind: 'rst', atMs: performance.now() });
    });
    sink.on('drain', () => this.#goOn());
    this.#steer();
  }

  /** Whether something was thrown away that the receiver should have got. */
  get hasSwallowed(): boolean {
    return this.#swallowed;
  }

  /** From now on; what is queued is the first to which it applies. */
  follow(passage: Passage): void {
    this.#passage = passage;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#goOn();
  }

  #goOn(): void {
    this.#release();
    this.#steer();
  }

  #take(item: Item): void {
    this.#queue.push(item);
    if (item.kind === 'data') this.#queuedBytes += item.bytes.length;
    // Otherwise what is before it waits, and takes it along.
    if (this.#queue.length === 1) this.#release();
  }

  /** Lets out all that may go now; what may go later will come here again. */
  #release(): void {
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      if (this.#passage.kind === 'swallow') {
        this.#swallowed = true;
        this.#remove(first);
        continue;
      }
      if (this.#passage.kind === 'hold' || this.#sink.writableNeedDrain) return;
      if (this.#passage.kind === 'delay') {
        const waitMs = first.atMs + this.#passage.delayMs - performance.now();
        if (waitMs > 0) {
          this.#timer ??= setTimeout(() => {
            this.#timer = undefined;
            this.#goOn();
          }, Math.ceil(waitMs));
          return;
        }
      }
      if (this.#passage.kind === 'limit' && first.kind === 'data' && !this.#sink.destroyed) {
        this.#askForTokens(first.bytes);
        return;
      }
      this.#remove(first);
      this.#emit(first);
    }
  }

  #askForTokens(bytes: Buffer): void {
    const passage = this.#passage;
    if (passage.kind !== 'limit' || this.#askedOf === passage) return;
    this.#askedOf = passage;
    passage.bucket.request(bytes.length, (granted) => {
      // Too late when the link is in another state by now.
      if (this.#passage !== passage) return;
      this.#askedOf = undefined;
      this.#emitPart(granted);
      this.#goOn();
    });
  }

  #emitPart(bytes: number): void {
    const first = this.#queue.shift();
    if (first?.kind !== 'data') return;
    this.#queuedBytes -= bytes;
    this.#emit({ ...first, bytes: first.bytes.subarray(0, bytes) });
    if (bytes < first.bytes.length) this.#queue.unshift({ ...first, bytes: first.bytes.subarray(bytes) });
  }

  #remove(first: Item): void {
    this.#queue.shift();
    if (first.kind === 'data') this.#queuedBytes -= first.bytes.length;
  }

  #emit(item: Item): void {
    if (this.#sink.destroyed) return;
    if (item.kind === 'data') this.#sink.write(item.bytes);
    else if (item.kind === 'fin') this.#sink.end();
    else resetSocket(this.#sink);
  }

  /** Reads on, or stops reading, so that the sender feels what its receiver does. */
  #steer(): void {
    const reads = this.#mayRead();
    if (reads === !this.#source.isPaused()) return;
    if (reads) this.#source.resume();
    else this.#source.pause();
  }

  #mayRead(): boolean {
    const isBlocked = this.#sink.writableNeedDrain;
    switch (this.#passage.kind) {
      case 'pass':
        return !isBlocked;
      case 'hold':
        return false;
      case 'swallow':
        return true;
      case 'delay':
        return this.#queuedBytes < (isBlocked ? MOST_QUEUED_BYTES : MOST_DELAYED_BYTES);
      case 'limit':
        return this.#queuedBytes < MOST_QUEUED_BYTES;
    }
  }
}
