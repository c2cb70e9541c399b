/** What officers decided about punches whose time cannot be true: the decision in force, and its record. */
export const PUNCH_DECISIONS_MIGRATION = {
  name: "0007-punch-decisions",
  sql: `
alter table punch add column decision text check (decision in ('accepted', 'rejected'));
alter table punch add column decision_id integer;
create index punch_doubt on punch (id) where doubt is not null;
`,
};
