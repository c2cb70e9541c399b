/** Attendance of the last days as it was last told, so that a change of it can be told once. */

const ATTENDANCE = `
create table attendance_day (
  person text not null,
  date text not null,
  name text not null,
  unit text not null,
  am text not null,
  pm text not null,
  primary key (person, date)
) strict, without rowid;
create index attendance_day_date on attendance_day (date);
`;

export const ATTENDANCE_MIGRATION = { name: "0003-attendance", sql: ATTENDANCE };
