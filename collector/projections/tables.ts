/** The tables that the projections write, each with all its columns and its key. */
import type { Target } from "../store/bulk.ts";
import type { Database } from "../store/schema.ts";

/** A table's columns, complete and checked against its row. */
function target<Name extends keyof Database & string>(
  table: Name,
  key: readonly (keyof Database[Name] & string)[],
  columns: Record<keyof Database[Name] & string, true>,
): Target {
  return { table, key, columns: Object.keys(columns) };
}

export const PC = target("pc", ["source_id"], {
  source_id: true,
  state: true,
  unit: true,
  custodian: true,
  role: true,
  zone: true,
  first_seen_at: true,
  decided_at: true,
  decided_by: true,
  note: true,
});

export const MACHINE = target("machine", ["source_id"], {
  source_id: true,
  hostname: true,
  os: true,
  address: true,
  seen_address: true,
  presence: true,
  presence_at: true,
  presence_cause: true,
  last_record_at: true,
  offset_ms: true,
  parts: true,
  power: true,
  memory: true,
});

export const VERDICT = target("verdict", ["source_id", "rule"], {
  source_id: true,
  rule: true,
  rule_version: true,
  verdict: true,
  reason: true,
  since: true,
  next_at: true,
});

export const IP_GRANT = target("ip_grant", ["id"], {
  id: true,
  source_id: true,
  address: true,
  from_date: true,
  to_date: true,
  reference: true,
  granted_by: true,
  granted_at: true,
  revoked_at: true,
  revoked_by: true,
  revoke_reason: true,
});

export const SETTING = target("setting", ["id"], {
  id: true,
  key: true,
  value: true,
  decided_at: true,
  decided_by: true,
  reason: true,
});

export const CLOCK = target("clock", ["clock"], {
  clock: true,
  source_id: true,
  device: true,
  family: true,
  port: true,
  state: true,
  state_at: true,
  firmware: true,
  offset_ms: true,
  detail: true,
  last_punch_at: true,
});

export const FINDING = target("finding", ["id"], {
  id: true,
  rule: true,
  rule_version: true,
  subject: true,
  source_id: true,
  state: true,
  severity: true,
  evidence: true,
  opened_at: true,
  updated_at: true,
  resolved_at: true,
});

export const FINDING_EVENT = target("finding_event", ["id"], {
  id: true,
  finding_id: true,
  at: true,
  event: true,
  evidence: true,
});

export const ALERT = target("alert", ["id"], { id: true, finding_id: true, at: true });

/** Its id is the table's to give: the greatest ever given and one. */
export const CHANGE: Target = { table: "change", key: ["id"], columns: ["at", "type", "key"] };

export const ATTENDANCE_DAY = target("attendance_day", ["person", "date"], {
  person: true,
  date: true,
  name: true,
  unit: true,
  am: true,
  pm: true,
});

export const PROJECTION_STATE = target("projection_state", ["name"], { name: true, value: true });

export const PUNCH = target("punch", ["id"], {
  id: true,
  record_id: true,
  source_id: true,
  clock: true,
  device: true,
  user: true,
  device_time: true,
  at: true,
  read_at: true,
  offset_ms: true,
  verification: true,
  type: true,
  work_code: true,
  ordinal: true,
  via: true,
  state: true,
  doubt: true,
  decision: true,
  decision_id: true,
});
