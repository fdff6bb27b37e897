import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AckItem, Reaction } from './fake-queue-server.ts';

interface Stored {
  readonly transactionId: string;
  readonly data: unknown;
}

/** What a group has left of a partition. */
interface Share {
  pending: Stored[];
  leaseId: string | undefined;
  leaseEndMs: number;
}

interface Partition {
  readonly name: string;
  readonly messages: Stored[];
  readonly shares: Map<string, Share>;
}

const POLL_MS = 5;

/** An honest queue in memory: a pop leases a whole partition to one consumer of a group for a time, as the contract has it. */
export class LeasingQueue {
  readonly partitions: readonly Partition[];
  readonly leaseMs: number;
  /** Acks that were refused. */
  refused = 0;

  constructor(partitions: number, leaseMs: number) {
    this.leaseMs = leaseMs;
    this.partitions = Array.from({ length: partitions }, (_, index) => ({
      name: `p${index}`,
      messages: [],
      shares: new Map(),
    }));
  }

  store(partition: number, message: Stored): void {
    const target = this.partitions[partition];
    target?.messages.push(message);
    for (const share of target?.shares.values() ?? []) share.pending.push(message);
  }

  /** What is left of a partition for a group. */
  share({ messages, shares }: Partition, group: string): Share {
    const share = shares.get(group) ?? { pending: [...messages], leaseId: undefined, leaseEndMs: 0 };
    shares.set(group, share);
    return share;
  }

  /** `GET …/pop/queue/the%20queue?batch=&consumerGroup=&wait=&timeout=`. */
  async pop(path: string): Promise<Reaction> {
    const { pathname, searchParams } = new URL(path, 'http://fake');
    if (pathname !== '/api/v1/pop/queue/the%20queue') return { status: 404 };
    const group = searchParams.get('consumerGroup') ?? '';
    const limitMs = searchParams.get('wait') === 'true' ? Number(searchParams.get('timeout')) : 0;
    const endMs = performance.now() + limitMs;
    for (;;) {
      const taken = this.#take(group, Number(searchParams.get('batch')));
      if (taken !== undefined) return { body: { messages: taken } };
      if (performance.now() >= endMs) return { status: 204 };
      await sleep(POLL_MS);
    }
  }

  ack(items: readonly AckItem[]): Reaction {
    const results = items.map(({ transactionId, partitionId, leaseId, consumerGroup, status }) => {
      const partition = this.partitions.find(({ name }) => partitionId === `id of ${name}`);
      const share = partition && this.share(partition, consumerGroup);
      if (share === undefined || share.leaseId !== leaseId || share.leaseEndMs <= performance.now()) {
        this.refused += 1;
        return { transactionId, status: 'error', error: 'invalid_lease' };
      }
      if (status === 'failed') return { transactionId, status: 'failed_retry' };
      share.pending = share.pending.filter((message) => message.transactionId !== transactionId);
      return { transactionId, status: 'completed' };
    });
    for (const { shares } of this.partitions) {
      for (const share of shares.values()) {
        if (items.some(({ leaseId }) => leaseId === share.leaseId)) share.leaseId = undefined;
      }
    }
    return { body: { processed: results.length, results } };
  }

  #take(group: string, batch: number): readonly object[] | undefined {
    const nowMs = performance.now();
    for (const partition of this.partitions) {
      const share = this.share(partition, group);
      const isLeased = share.leaseId !== undefined && share.leaseEndMs > nowMs;
      if (isLeased || share.pending.length === 0) continue;
      const { name } = partition;
      const leaseId = randomUUID();
      share.leaseId = leaseId;
      share.leaseEndMs = nowMs + this.leaseMs;
      return share.pending
        .slice(0, batch)
        .map((message) => ({ ...message, partition: name, partitionId: `id of ${name}`, leaseId }));
    }
    return undefined;
  }
}
