import type { Ledger } from '../history/ledger.ts';

/** The messages pushed to each partition, in the order of their numbers. */
export function messagesByPartition(ledger: Ledger, partitions: number): readonly Uint32Array[] {
  const counts = new Uint32Array(partitions);
  for (let request = 0; request < ledger.requests; request += 1) {
    const partition = ledger.partition(request);
    counts[partition] = (counts[partition] ?? 0) + ledger.firstMessage(request + 1) - ledger.firstMessage(request);
  }
  const messages = Array.from(counts, (count) => new Uint32Array(count));
  const next = new Uint32Array(partitions);
  for (let request = 0; request < ledger.requests; request += 1) {
    const partition = ledger.partition(request);
    let place = next[partition] ?? 0;
    for (let message = ledger.firstMessage(request); message < ledger.firstMessage(request + 1); message += 1) {
      const some = messages[partition];
      if (some !== undefined) some[place] = message;
      place += 1;
    }
    next[partition] = place;
  }
  return messages;
}
