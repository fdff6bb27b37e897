/** A partition as waiting consumers can ask for it. */
export interface PartitionLabels {
  readonly queue: string;
  readonly partition: string;
  readonly namespace: string;
  readonly task: string;
}

/** What a waiting consumer listens to: a queue, one partition of it, or a namespace and a task, either of which may be open. */
export interface WakeTarget {
  readonly queue: string | undefined;
  readonly partition: string | undefined;
  readonly namespace: string | undefined;
  readonly task: string | undefined;
}

/** The one key under which consumers of a target wait. JSON, so that no two names run into one. */
export function wakeKeyOf({ queue, partition, namespace, task }: WakeTarget): string {
  if (queue === undefined) return JSON.stringify({ namespace, task });
  return JSON.stringify(partition === undefined ? [queue] : [queue, partition]);
}

/** Keys of a partition's own consumers and of its queue's. */
export function wakeKeysWithin(queue: string, partition: string): readonly string[] {
  return [[queue], [queue, partition]].map((names) => JSON.stringify(names));
}

/** Every key whose consumers may want a message of the partition. */
export function wakeKeysOf({ queue, partition, namespace, task }: PartitionLabels): readonly string[] {
  const labels = [{ namespace }, { task }, { namespace, task }];
  return [...wakeKeysWithin(queue, partition), ...labels.map((label) => JSON.stringify(label))];
}
