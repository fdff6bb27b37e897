-- What a pop reads of its queue and its partitions, in columns and in an index of its own.

-- The options as numbers: a pop looks at them for every partition it considers, and jsonb is taken apart each time.
alter table queues
  add column lease_time int not null generated always as (coalesce((options ->> 'leaseTime')::int, 300)) stored,
  add column delay int not null generated always as (coalesce((options ->> 'delayedProcessing')::int, 0)) stored,
  add column window_buffer int not null generated always as (coalesce((options ->> 'windowBuffer')::int, 0)) stored,
  add column max_wait int not null generated always as (coalesce((options ->> 'maxWaitTimeSeconds')::int, 0)) stored;

-- The partitions of a queue in the order in which a group was served by them: the next pop takes the first that has
-- something. Nothing is ever left out of this index, so no partition can be hidden by it.
alter table partition_consumers add column queue_id bigint;
update partition_consumers c set queue_id = p.queue_id from partitions p where p.id = c.partition_id;
alter table partition_consumers alter column queue_id set not null;
create index partition_consumers_turn on partition_consumers (queue_id, consumer_group, last_popped_at nulls first);
