/** A queue as waiting consumers can ask for it. */
export interface QueueLabels {
  readonly queue: string;
  readonly namespace: string;
  readonly task: string;
}

/** What a waiting consumer listens to: a queue, or a namespace and a task, either of which may be open. */
export interface WakeTarget {
  readonly queue: string | undefined;
  readonly namespace: string | undefined;
  readonly task: string | undefined;
}

/** The one key under which consumers of a target wait. JSON, so that no two names run into one. */
export function wakeKeyOf({ queue, namespace, task }: WakeTarget): string {
  return JSON.stringify(queue === undefined ? [namespace ?? null, task ?? null] : [queue]);
}

/** Every key whose consumers may want a message of the queue. */
export function wakeKeysOf({ queue, namespace, task }: QueueLabels): readonly string[] {
  const none = undefined;
  return [
    { queue, namespace: none, task: none },
    { queue: none, namespace, task: none },
    { queue: none, namespace: none, task },
    { queue: none, namespace, task },
  ].map(wakeKeyOf);
}
