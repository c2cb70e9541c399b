/** The first tables; what each column means stands in `schema.ts`. */

const EVIDENCE = `
create table meta (key text primary key, value text not null) strict, without rowid;

create table source (
  id integer primary key,
  name text not null unique,
  site text not null,
  kind text not null check (kind in ('agent', 'reader', 'centre')),
  simulated integer not null default 0,
  state text not null check (state in ('enrolled', 'revoked', 'duplicate')),
  hostname text not null,
  fingerprint text not null,
  created_at integer not null
) strict;

create table mark (
  id integer primary key,
  source_id integer not null references source (id),
  epoch text not null,
  committed integer not null,
  machine text,
  updated_at integer not null,
  unique (source_id, epoch)
) strict;

create table record (
  id integer primary key,
  mark_id integer not null references mark (id),
  seq integer not null,
  kind text not null,
  at integer not null,
  received_at integer not null,
  committed_at integer not null,
  address text,
  offset_ms integer,
  body text not null
) strict;

create table quarantine (
  id integer primary key,
  source_id integer references source (id),
  mark_id integer references mark (id),
  seq integer,
  received_at integer not null,
  reason text not null,
  detail text not null,
  raw text not null
) strict;
create index quarantine_source on quarantine (source_id, id);
`;

const OPERATIONS = `
create table certificate (
  serial text primary key,
  source_id integer not null references source (id),
  key_hash text not null,
  not_before integer not null,
  not_after integer not null,
  revoked_at integer,
  revoked_reason text
) strict;
create index certificate_source on certificate (source_id);
create index certificate_key on certificate (key_hash);

create table enrolment (
  id text primary key,
  key_hash text not null,
  state text not null check (state in ('waiting', 'granted', 'refused')),
  request text not null,
  address text not null,
  source_id integer references source (id),
  certificate text,
  created_at integer not null,
  decided_at integer,
  decided_by text
) strict;
create index enrolment_key on enrolment (key_hash);
create index enrolment_state on enrolment (state, created_at);

create table token (
  id integer primary key,
  hash text not null unique,
  purpose text not null check (purpose in ('enrol-once', 'enrol-site', 'api')),
  label text not null,
  scope text not null,
  created_at integer not null,
  expires_at integer,
  used_at integer,
  revoked_at integer
) strict;

create table presence (
  source_id integer primary key references source (id),
  state text not null check (state in ('online', 'stopping', 'lost')),
  session text not null,
  session_at integer not null,
  changed_at integer not null
) strict;
`;

const PROJECTIONS = `
create table cursor (name text primary key, record_id integer not null, horizon integer not null) strict, without rowid;

create table pc (
  source_id integer primary key references source (id),
  state text not null check (state in ('pending', 'approved', 'retired')),
  unit text,
  custodian text,
  role text not null check (role in ('desktop', 'server')),
  zone text not null check (zone in ('inner', 'outer', 'isolated')),
  first_seen_at integer not null,
  decided_at integer,
  decided_by text,
  note text
) strict;
create index pc_state on pc (state);

create table ip_grant (
  id integer primary key,
  source_id integer not null references source (id),
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
create index ip_grant_address on ip_grant (address);
create index ip_grant_source on ip_grant (source_id);

create table machine (
  source_id integer primary key references source (id),
  hostname text,
  os text,
  address text,
  seen_address text,
  presence text not null check (presence in ('online', 'stopping', 'lost', 'unknown')),
  presence_at integer not null,
  presence_cause text,
  last_record_at integer not null,
  offset_ms integer,
  parts text not null,
  power text not null
) strict;
create index machine_address on machine (address);

create table punch (
  id integer primary key,
  record_id integer not null,
  source_id integer not null references source (id),
  clock text not null,
  device integer not null,
  user text not null,
  device_time text not null,
  at integer not null,
  read_at integer not null,
  offset_ms integer,
  verification text not null,
  type integer not null,
  work_code integer not null,
  ordinal integer not null,
  via text not null check (via in ('live', 'log')),
  state text not null check (state in ('accepted', 'doubtful')),
  doubt text,
  unique (clock, user, device_time, type, ordinal)
) strict;
create index punch_at on punch (at);
create index punch_user on punch (user, at);
create index punch_clock on punch (clock, at);

create table clock (
  clock text primary key,
  source_id integer not null references source (id),
  device integer not null,
  family text not null,
  port text not null,
  state text not null check (state in ('online', 'lost')),
  state_at integer not null,
  firmware text,
  offset_ms integer,
  detail text not null,
  last_punch_at integer
) strict;

create table finding (
  id integer primary key,
  rule text not null,
  rule_version integer not null,
  subject text not null,
  source_id integer references source (id),
  state text not null check (state in ('open', 'resolved')),
  severity text not null check (severity in ('info', 'warning', 'violation', 'critical')),
  evidence text not null,
  opened_at integer not null,
  updated_at integer not null,
  resolved_at integer
) strict;
create unique index finding_open on finding (rule, subject) where state = 'open';
create index finding_state on finding (state, id);
create index finding_subject on finding (subject, id);
create index finding_source on finding (source_id, state);

create table finding_event (
  id integer primary key,
  finding_id integer not null,
  at integer not null,
  event text not null check (event in ('opened', 'updated', 'resolved')),
  evidence text not null
) strict;
create index finding_event_finding on finding_event (finding_id, id);

create table alert (id integer primary key, finding_id integer not null, at integer not null) strict;
create index alert_finding on alert (finding_id);

-- A number given out once is never given out again, even after a rebuild has emptied the table: readers resume by it.
create table change (id integer primary key autoincrement, at integer not null, type text not null, key text not null) strict;
`;

/** The centre is a source too: its decisions are records like any other's. */
const SEED = `
insert into source (name, site, kind, simulated, state, hostname, fingerprint, created_at)
values ('centre', 'centre', 'centre', 0, 'enrolled', '', '[]', 0);
`;

export const FIRST = { name: "0001-first", sql: EVIDENCE + OPERATIONS + PROJECTIONS + SEED };
