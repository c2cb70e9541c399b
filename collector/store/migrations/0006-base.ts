/**
 * The base: the projections as they stood at a record, so that what came before it need not be read again when they are
 * computed anew. A column that a projected table gets later, its twin here gets too.
 */
const BASE = `
create table base_pc (
  source_id integer primary key,
  state text not null,
  unit text,
  custodian text,
  role text not null,
  zone text not null,
  first_seen_at integer not null,
  decided_at integer,
  decided_by text,
  note text
) strict;
create table base_ip_grant (
  id integer primary key,
  source_id integer not null,
  address text not null,
  from_date text not null,
  to_date text,
  reference text not null,
  granted_by text not null,
  granted_at integer not null,
  revoked_at integer,
  revoked_by text,
  revoke_reason text
) strict;
create table base_machine (
  source_id integer primary key,
  hostname text,
  os text,
  address text,
  seen_address text,
  presence text not null,
  presence_at integer not null,
  presence_cause text,
  last_record_at integer not null,
  offset_ms integer,
  parts text not null,
  power text not null,
  memory text not null
) strict;
create table base_clock (
  clock text primary key,
  source_id integer not null,
  device integer not null,
  family text not null,
  port text not null,
  state text not null,
  state_at integer not null,
  firmware text,
  offset_ms integer,
  detail text not null,
  last_punch_at integer
) strict;
create table base_verdict (
  source_id integer not null,
  rule text not null,
  rule_version integer not null,
  verdict text not null,
  reason text,
  since integer not null,
  next_at integer,
  primary key (source_id, rule)
) strict, without rowid;
create table base_setting (
  id integer primary key,
  key text not null,
  value text not null,
  decided_at integer not null,
  decided_by text not null,
  reason text not null
) strict;
create table base_finding (
  id integer primary key,
  rule text not null,
  rule_version integer not null,
  subject text not null,
  source_id integer,
  state text not null,
  severity text not null,
  evidence text not null,
  opened_at integer not null,
  updated_at integer not null,
  resolved_at integer
) strict;
create table base_finding_event (
  id integer primary key,
  finding_id integer not null,
  at integer not null,
  event text not null,
  evidence text not null
) strict;
create table base_alert (id integer primary key, finding_id integer not null, at integer not null) strict;
create table base_projection_state (name text primary key, value text not null) strict, without rowid;
`;

export const BASE_MIGRATION = { name: "0006-base", sql: BASE };
