-- What all servers on this database must agree on, by key. `version` grows with every change, so that a server can tell
-- news from what it read before a change it already knows of.
create table system_state (
  key text collate "C" primary key,
  value jsonb not null,
  version bigint not null default 1,
  updated_at timestamptz not null default now()
);

insert into system_state (key, value) values ('maintenance_mode', '{"enabled": false}');
