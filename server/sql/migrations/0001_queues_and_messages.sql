-- Queues, partitions, messages and consumer positions.
--
-- Order of delivery. A consumer's position is a number, `cursor_seq`, so a message must never become visible behind a
-- number that was already delivered. `messages.seq` is therefore taken from `partitions.last_seq` under that row's lock,
-- and the lock is held until commit: whoever sees seq n sees everything below n that will ever exist. Cursor order is
-- visibility order.
--
-- The other known design, (pg_current_xact_id(), sequence) with readers stopping at pg_snapshot_xmin, needs no lock and
-- costs PostgreSQL 10.3 us a message against 11.5 us (transactions of 400 messages, 10 partitions, two cores); but there
-- any open transaction that has written anything, in any database of the cluster, holds back all delivery. 1.2 us a
-- message is a fair price for consumers that cannot be stalled by a stranger.

create table queues (
  id bigint generated always as identity primary key,
  name text collate "C" not null unique check (char_length(name) between 1 and 255),
  namespace text not null default '',
  task text not null default '',
  priority int not null default 0,
  options jsonb not null default '{}',
  -- Goes up with every change of the options; see partitions.queue_version.
  version int not null default 1,
  created_at timestamptz not null default now()
);

create table partitions (
  id bigint generated always as identity primary key,
  -- The partition's name on the wire.
  uuid uuid not null unique default gen_random_uuid(),
  queue_id bigint not null references queues on delete cascade,
  name text collate "C" not null check (char_length(name) between 1 and 255),
  -- Copy of queues.version. A push names the version it was prepared for and finds out under the row lock it needs
  -- anyway whether a worker's cached options are out of date.
  queue_version int not null,
  last_seq bigint not null default 0,
  created_at timestamptz not null default now(),
  unique (queue_id, name)
)
-- Every push updates last_seq; room on the page keeps these updates off the indexes (HOT).
with (fillfactor = 50);

create table messages (
  partition_id bigint not null,
  seq bigint not null,
  id uuid not null,
  transaction_id text collate "C" not null,
  trace_id uuid,
  -- Read off the clock under the partition's lock, so it grows with seq.
  created_at timestamptz not null,
  is_encrypted boolean not null default false,
  -- json, not jsonb: what goes in comes out to the byte, U+0000 and numbers of any length included.
  payload json not null,
  primary key (partition_id, seq)
  -- No foreign key to partitions: its trigger would lock and look up the partition once per row although the push holds
  -- that very lock. Deleting a partition takes the lock too and removes the messages itself.
);

-- Duplicate detection, and the way from an ack to its message.
create unique index messages_transaction_key on messages (partition_id, transaction_id);

create table partition_consumers (
  partition_id bigint not null references partitions on delete cascade,
  consumer_group text collate "C" not null check (char_length(consumer_group) between 1 and 255),
  -- Everything up to and including this seq is done for the group. Only ever grows.
  cursor_seq bigint not null default 0,
  last_popped_at timestamptz,
  primary key (partition_id, consumer_group)
)
with (fillfactor = 50);
