import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from './durable-file.ts';
import type { KnownQueue } from './services.ts';

const FILE = 'queues.json';

/**
 * The queues this server knows of, kept on the disk: a server that starts while PostgreSQL is down must know which pushes
 * it may accept, and which payloads it must encrypt.
 */
export class QueueCatalogue {
  readonly #path: string;
  readonly #queues: Map<string, KnownQueue>;
  /** One at a time: they share a draft. */
  #saving: Promise<void> = Promise.resolve();

  private constructor(path: string, queues: readonly KnownQueue[]) {
    this.#path = path;
    this.#queues = new Map(queues.map((queue) => [queue.name, queue]));
  }

  static async open(directory: string): Promise<QueueCatalogue> {
    const path = join(directory, FILE);
    return new QueueCatalogue(path, await load(path));
  }

  all(): readonly KnownQueue[] {
    return [...this.#queues.values()];
  }

  /** PostgreSQL's whole list. */
  async replaceAll(queues: readonly KnownQueue[]): Promise<void> {
    this.#queues.clear();
    for (const queue of queues) this.#queues.set(queue.name, queue);
    await this.#save();
  }

  async add(queue: KnownQueue): Promise<void> {
    this.#queues.set(queue.name, queue);
    await this.#save();
  }

  async #save(): Promise<void> {
    const saved = this.#saving.then(() => replaceFile(this.#path, JSON.stringify(this.all())));
    this.#saving = saved.catch(() => undefined);
    await saved;
  }
}

async function load(path: string): Promise<readonly KnownQueue[]> {
  try {
    const stored: unknown = JSON.parse(await readFile(path, 'utf8'));
    return Array.isArray(stored) ? stored.filter(isKnownQueue) : [];
  } catch {
    // Not there yet, or not readable: PostgreSQL tells, as soon as it is there.
    return [];
  }
}

function isKnownQueue(value: unknown): value is KnownQueue {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    'encrypted' in value &&
    typeof value.name === 'string' &&
    typeof value.encrypted === 'boolean'
  );
}
