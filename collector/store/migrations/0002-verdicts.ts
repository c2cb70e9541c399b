/** What the projections must remember so that they go on after a restart as if there had been none. */

const VERDICTS = `
alter table machine add column memory text not null default '{}';

create table verdict (
  source_id integer not null references source (id),
  rule text not null,
  rule_version integer not null,
  verdict text not null check (verdict in ('pass', 'fail', 'unknown', 'not-applicable')),
  reason text,
  since integer not null,
  next_at integer,
  primary key (source_id, rule)
) strict, without rowid;
create index verdict_rule on verdict (rule, verdict);

create table projection_state (name text primary key, value text not null) strict, without rowid;
`;

export const VERDICTS_MIGRATION = { name: "0002-verdicts", sql: VERDICTS };
