-- Leases, partial acknowledgements, retries, dead letters, subscriptions.
--
-- A lease covers one partition for one group: everything one pop delivered. All its state stands in the consumer's row,
-- because that row is what pop and ack lock: after waiting for the lock PostgreSQL re-reads the locked row, but nothing
-- else, so state kept in another table would be older than the lock. Sets of messages are multiranges of their numbers:
-- a batch delivered or settled in order is one range, whatever its size.

alter table partition_consumers
  -- The last lease. Kept after its end, so that an ack sent again gets the same answer until the next pop.
  add column lease_id uuid,
  -- Null = no lease in force.
  add column lease_expires_at timestamptz,
  -- Exactly what the lease delivered. Numbers below its end that are not in it are settled or were never used.
  add column lease_seqs int8multirange not null default '{}',
  -- Of these, what was acked as failed and is to be delivered again.
  add column lease_failed int8multirange not null default '{}',
  -- Completed or dead-lettered, but beyond cursor_seq: something before it is still open.
  add column settled int8multirange not null default '{}',
  -- {seq: failed deliveries} of messages that are not settled and have failed at least once.
  add column retries jsonb not null default '{}';

-- The way from POST /api/v1/lease/:leaseId/extend to its row.
create unique index partition_consumers_lease_key on partition_consumers (lease_id) where lease_id is not null;

-- Messages a group gave up on. The message itself stays in its partition, for other groups.
create table dead_letters (
  partition_id bigint not null references partitions on delete cascade,
  consumer_group text collate "C" not null,
  seq bigint not null,
  message_id uuid not null,
  transaction_id text collate "C" not null,
  error text,
  -- Deliveries beyond the first.
  retry_count int not null,
  failed_at timestamptz not null default clock_timestamp(),
  primary key (partition_id, consumer_group, seq)
);

-- Where a group began to read a queue. Partitions made later are read from their first message that is not older.
create table subscriptions (
  queue_id bigint not null references queues on delete cascade,
  consumer_group text collate "C" not null,
  start_from timestamptz not null,
  primary key (queue_id, consumer_group)
);

insert into subscriptions (queue_id, consumer_group, start_from)
select distinct p.queue_id, c.consumer_group, timestamptz '-infinity'
from partition_consumers c join partitions p on p.id = c.partition_id;
