/**
 * The compliance database as kysely sees it. Three kinds of table:
 * evidence (append-only, the truth), operations (who may connect and how), projections (computed, rebuilt at will).
 * Times are ms since 1970-01-01 UTC; booleans are 0 or 1; JSON is text.
 */
import type { Generated } from "kysely";

export interface Database {
  meta: MetaTable;
  // evidence
  mark: MarkTable;
  record: RecordTable;
  quarantine: QuarantineTable;
  // operations
  source: SourceTable;
  certificate: CertificateTable;
  enrolment: EnrolmentTable;
  token: TokenTable;
  presence: PresenceTable;
  // projections
  cursor: CursorTable;
  pc: PcTable;
  ip_grant: IpGrantTable;
  setting: SettingTable;
  machine: MachineTable;
  punch: PunchTable;
  clock: ClockTable;
  finding: FindingTable;
  finding_event: FindingEventTable;
  alert: AlertTable;
  change: ChangeTable;
  verdict: VerdictTable;
  projection_state: ProjectionStateTable;
  attendance_day: AttendanceDayTable;
}

/**
 * `incarnation` (changes after a restore), `alive` (ms: when the centre last listened), `copied` (in copies only), `site`,
 * `notices` (JSON array of the keys of those that were told and stand).
 */
export interface MetaTable {
  key: string;
  value: string;
}

/** One row per source and epoch: what is committed. Moved by compare-and-set in the transaction that inserts the records. */
export interface MarkTable {
  id: Generated<number>;
  source_id: number;
  epoch: string;
  committed: number;
  /** Hash of the hardware ids that the epoch was first seen with. */
  machine: string | null;
  updated_at: number;
}

/** The evidence. No index but the rowid: the mark is the duplicate filter. */
export interface RecordTable {
  id: Generated<number>;
  mark_id: number;
  seq: number;
  kind: string;
  /** When it happened, by the source's clock. */
  at: number;
  received_at: number;
  /** Set inside the write transaction, never decreasing with `id`: the order in which projections see the world. */
  committed_at: number;
  /** The address that the centre saw the source at. */
  address: string | null;
  /** Source clock minus centre clock in ms, from `sentAt`; positive = the source runs ahead. */
  offset_ms: number | null;
  body: string;
}

/** Records that failed validation, whole, with the reason. */
export interface QuarantineTable {
  id: Generated<number>;
  source_id: number | null;
  /** Null, and `seq` too, for a message that could not be read so far as to know its epoch. */
  mark_id: number | null;
  seq: number | null;
  received_at: number;
  reason: string;
  detail: string;
  raw: string;
}

export interface SourceTable {
  id: Generated<number>;
  name: string;
  site: string;
  kind: "agent" | "reader" | "centre";
  simulated: number;
  state: "enrolled" | "revoked" | "duplicate";
  hostname: string;
  /** JSON array of hashed hardware ids. */
  fingerprint: string;
  created_at: number;
}

export interface CertificateTable {
  /** Serial number, lower-case hex. */
  serial: string;
  source_id: number;
  /** SHA-256 of the public key (SPKI), hex. */
  key_hash: string;
  not_before: number;
  not_after: number;
  revoked_at: number | null;
  revoked_reason: string | null;
}

export interface EnrolmentTable {
  id: string;
  key_hash: string;
  state: "waiting" | "granted" | "refused";
  request: string;
  address: string;
  source_id: number | null;
  /** The certificate granted, PEM, until the source has fetched it. */
  certificate: string | null;
  created_at: number;
  decided_at: number | null;
  decided_by: string | null;
  reason: string | null;
}

export interface TokenTable {
  id: Generated<number>;
  /** SHA-256 of the token; the token itself is shown once and never stored. */
  hash: string;
  purpose: "enrol-once" | "enrol-site" | "api";
  label: string;
  /** JSON: API scopes, or what an enrolment token may enrol. */
  scope: string;
  created_at: number;
  expires_at: number | null;
  used_at: number | null;
  revoked_at: number | null;
}

/** What the centre believes of a source's presence, for its next start; each change is a `presence` decision too. */
export interface PresenceTable {
  source_id: number;
  state: "online" | "stopping" | "lost";
  session: string;
  /** When the session began, by the source's clock: tells an old session's will from a newer one's. */
  session_at: number;
  changed_at: number;
}

/** How far a projection has come: the last record applied, the moment up to which deadlines have been handled. */
export interface CursorTable {
  name: string;
  record_id: number;
  horizon: number;
}

/** The register of computers (计算机登记台账, XC 1). */
export interface PcTable {
  source_id: number;
  state: "pending" | "approved" | "retired";
  unit: string | null;
  custodian: string | null;
  role: "desktop" | "server";
  zone: "inner" | "outer" | "isolated";
  first_seen_at: number;
  decided_at: number | null;
  decided_by: string | null;
  note: string | null;
}

/** The IP ledger (WG 14): an address granted to a PC from a date to a date (site dates, both included). */
export interface IpGrantTable {
  id: number;
  source_id: number;
  address: string;
  from_date: string;
  to_date: string | null;
  reference: string;
  granted_by: string;
  granted_at: number;
  revoked_at: number | null;
  revoked_by: string | null;
  revoke_reason: string | null;
}

/** What officers changed of the settings: each change a row, its id that of the record. */
export interface SettingTable {
  id: number;
  key: string;
  /** JSON. */
  value: string;
  decided_at: number;
  decided_by: string;
  reason: string;
}

/** What a PC last said, part by part, and whether it is there. */
export interface MachineTable {
  source_id: number;
  hostname: string | null;
  os: string | null;
  /** Primary address as the agent reports it, and as the centre saw it. */
  address: string | null;
  seen_address: string | null;
  presence: "online" | "stopping" | "lost" | "unknown";
  presence_at: number;
  presence_cause: string | null;
  last_record_at: number;
  offset_ms: number | null;
  /** JSON: part name -> { hash, collectedAt, content }. */
  parts: string;
  /** JSON: the recent power events that rules look at. */
  power: string;
  /** JSON: what rules must remember of the PC's past (`collector/projections/machine-state.ts`). */
  memory: Generated<string>;
}

/** What each rule says of each PC at this moment: rules x pass / fail / unknown. */
export interface VerdictTable {
  source_id: number;
  rule: string;
  rule_version: number;
  verdict: "pass" | "fail" | "unknown" | "not-applicable";
  /** A code of `collector/compliance/reasons.ts`; null when it passes. */
  reason: string | null;
  /** Since when it has been this verdict. */
  since: number;
  /** When it may change although no evidence comes: a deadline of the projections. */
  next_at: number | null;
}

/** What the projections remember beside their rows, as JSON by name. */
export interface ProjectionStateTable {
  name: string;
  value: string;
}

export interface PunchTable {
  id: number;
  record_id: number;
  source_id: number;
  clock: string;
  device: number;
  user: string;
  device_time: string;
  at: number;
  read_at: number;
  offset_ms: number | null;
  verification: string;
  type: number;
  work_code: number;
  ordinal: number;
  via: "live" | "log";
  /** What attendance counts: `accepted` also by a decision, and then `at` is the time decided, not the one shown. */
  state: "accepted" | "doubtful";
  /** Why the time shown cannot be true; stays when it was decided otherwise. */
  doubt: string | null;
  decision: "accepted" | "rejected" | null;
  /** The record of the decision in force. */
  decision_id: number | null;
}

export interface ClockTable {
  clock: string;
  source_id: number;
  device: number;
  family: string;
  port: string;
  state: "online" | "lost";
  state_at: number;
  firmware: string | null;
  offset_ms: number | null;
  /** JSON of the last `clock` body's counts, capacity and line counters. */
  detail: string;
  last_punch_at: number | null;
}

/** One row per rule and subject and occurrence; resolved ones stay. */
export interface FindingTable {
  id: number;
  rule: string;
  rule_version: number;
  subject: string;
  source_id: number | null;
  state: "open" | "resolved";
  severity: "info" | "warning" | "violation" | "critical";
  evidence: string;
  opened_at: number;
  updated_at: number;
  resolved_at: number | null;
}

export interface FindingEventTable {
  id: number;
  finding_id: number;
  at: number;
  event: "opened" | "updated" | "resolved";
  evidence: string;
}

export interface AlertTable {
  id: number;
  finding_id: number;
  at: number;
}

/** Statuses of the last days as they were last told; `date` is YYYY-MM-DD of the site. */
export interface AttendanceDayTable {
  person: string;
  date: string;
  name: string;
  unit: string;
  am: string;
  pm: string;
}

/** What is new, in order: the event stream and its resumption (`Last-Event-ID`). */
export interface ChangeTable {
  id: Generated<number>;
  at: number;
  type: "machine" | "punch" | "clock" | "finding" | "alert" | "source" | "quarantine" | "attendance" | "notice";
  /** The id of the row in its table, as text. */
  key: string;
}
