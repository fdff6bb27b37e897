import type { Ledger } from '../history/ledger.ts';

const known = new WeakMap<Ledger, readonly Uint32Array[]>();

/** The messages pushed to each partition, in the order of their numbers; made once for all checks, so not to be changed. */
export function messagesByPartition(ledger: Ledger, partitions: number): readonly Uint32Array[] {
  const found = known.get(ledger);
  if (found?.length === partitions && found.reduce((sum, some) => sum + some.length, 0) === ledger.messages)
    return found;
  const made = groupMessages(ledger, partitions);
  known.set(ledger, made);
  return made;
}

function groupMessages(ledger: Ledger, partitions: number): readonly Uint32Array[] {
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
