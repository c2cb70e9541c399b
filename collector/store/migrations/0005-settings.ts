/** What officers changed of the settings, each change a row. */
const SETTINGS = `
create table setting (
  id integer primary key,
  key text not null,
  value text not null,
  decided_at integer not null,
  decided_by text not null,
  reason text not null
) strict;
create index setting_key on setting (key, id);
`;

export const SETTINGS_MIGRATION = { name: "0005-settings", sql: SETTINGS };
