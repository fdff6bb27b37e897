/** What a consumer reads from. Undefined members do not restrict; one of queue, namespace and task is always there. */
export interface PopTarget {
  readonly queue: string | undefined;
  readonly partition: string | undefined;
  readonly namespace: string | undefined;
  readonly task: string | undefined;
  readonly consumerGroup: string;
}

const CONDITIONS = Object.freeze({
  queue: 'q.name',
  partition: 'p.name',
  namespace: 'q.namespace',
  task: 'q.task',
});

/** A target as a SQL condition on `queues q` and `partitions p`. */
export interface TargetCondition {
  /** Names the shape, for the names of prepared statements. */
  readonly shape: string;
  readonly text: string;
  readonly values: readonly string[];
}

/** The condition's parameters are numbered from `firstParameter`. */
export function targetCondition(target: PopTarget, firstParameter: number): TargetCondition {
  const values: string[] = [];
  const parts: string[] = [];
  const shape: string[] = [];
  for (const [member, column] of Object.entries(CONDITIONS)) {
    const value = target[member as keyof typeof CONDITIONS];
    if (value === undefined) continue;
    parts.push(`${column} = $${firstParameter + values.length}`);
    values.push(value);
    shape.push(member);
  }
  if (parts.length === 0) throw new Error('A pop needs a queue, a namespace or a task.');
  return { shape: shape.join('-'), text: parts.join(' and '), values };
}

/** Equal for equal targets only. JSON, so that no two names run into one. */
export function targetKey({ queue, partition, namespace, task, consumerGroup }: PopTarget): string {
  return JSON.stringify([queue ?? null, partition ?? null, namespace ?? null, task ?? null, consumerGroup]);
}
