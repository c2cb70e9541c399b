/** Why an enrolment was approved or refused. */
export const ENROLMENT_REASON_MIGRATION = {
  name: "0004-enrolment-reason",
  sql: "alter table enrolment add column reason text;",
};
