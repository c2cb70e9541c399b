/**
 * Punches and what clocks say of themselves. Their fields become columns, so a body of another version is checked again: it
 * fails alone, and not the batch that it is in.
 */
import { type ClockBody, clockBody, type PunchBody, punchBody } from "../../protocol/messages/records/clock-events.ts";
import type { ComplianceSettings } from "../compliance/settings.ts";
import type { PunchDecision } from "../registry/punch-decisions.ts";
import type { PunchTable } from "../store/schema.ts";
import { judgeClock } from "./clock-findings.ts";
import { type ClockProgress, NOT_HEARD, progressAfter } from "./clock-progress.ts";
import type { LogRecord } from "./log-record.ts";
import type { Outbox } from "./outbox.ts";
import type { World } from "./world.ts";

/**
 * One punch is one row however often it is read (contract, section Delivery, 9): the table's unique identity drops the
 * second reading. Its id is the record's, so that it depends on nothing but the log.
 */
export function applyPunch(world: World, record: LogRecord, outbox: Outbox, settings: ComplianceSettings): void {
  const body = punchBody.parse(JSON.parse(record.body));
  const row = punchRow(record, body, settings);
  outbox.punch(row, record.committedAt);
  const clock = world.clocks.get(body.clock);
  if (!clock || row.state === "doubtful" || (clock.last_punch_at ?? 0) >= row.at) return;
  clock.last_punch_at = row.at;
  outbox.clock(body.clock);
}

/** Only a punch with a doubt can be decided about; the row, which may not be written yet, tells. */
export function applyPunchDecision(
  { kind, body }: PunchDecision,
  { id, committedAt }: LogRecord,
  outbox: Outbox,
): void {
  const isAccepted = kind === "punch.accepted";
  const at = isAccepted ? Date.parse(body.at) : undefined;
  const decision = isAccepted ? "accepted" : "rejected";
  outbox.judgedPunch({ id: body.punch, decision, decisionId: id, at }, committedAt);
}

export function applyClock(world: World, record: LogRecord, outbox: Outbox): void {
  const body = clockBody.parse(JSON.parse(record.body));
  const before = world.clocks.get(body.clock);
  const state = body.event === "lost" ? "lost" : "online";
  const known = detailOf(before?.detail);
  const { counts, capacity, fullAt, line, model, reason } = { ...known, ...body };
  // A reader's clock may run ahead of the centre's.
  const progress = progressAfter(known.progress ?? NOT_HEARD, body, Math.min(record.at, record.committedAt));
  world.clocks.set(body.clock, {
    clock: body.clock,
    source_id: record.sourceId,
    device: body.device,
    family: body.family,
    port: body.port,
    state,
    state_at: before?.state === state ? before.state_at : record.committedAt,
    firmware: body.firmware ?? before?.firmware ?? null,
    offset_ms: body.offsetAfterMs ?? body.offsetBeforeMs ?? before?.offset_ms ?? null,
    detail: JSON.stringify({ event: body.event, model, counts, capacity, fullAt, line, reason, progress }),
    last_punch_at: before?.last_punch_at ?? null,
  });
  outbox.clock(body.clock, record.committedAt);
  const offsetMs = body.offsetAfterMs ?? body.offsetBeforeMs;
  if (offsetMs === undefined) return;
  judgeClock(world, { clock: body.clock, sourceId: record.sourceId, offsetMs }, record.committedAt, outbox);
}

function punchRow(record: LogRecord, body: PunchBody, { punchAheadSeconds }: ComplianceSettings): PunchTable {
  const isAhead = record.at - record.receivedAt > punchAheadSeconds * 1000;
  const doubt = body.doubt ?? (isAhead ? "future" : null);
  return {
    id: record.id,
    record_id: record.id,
    source_id: record.sourceId,
    clock: body.clock,
    device: body.device,
    user: body.user,
    device_time: body.deviceTime,
    at: record.at,
    read_at: Date.parse(body.readAt),
    offset_ms: body.offsetMs,
    verification: JSON.stringify(body.verification),
    type: body.type,
    work_code: body.workCode,
    ordinal: body.ordinal,
    via: body.via,
    state: doubt === null ? "accepted" : "doubtful",
    doubt,
    decision: null,
    decision_id: null,
  };
}

/** A body tells what changed; what it leaves out stands as it was, but for the reason, which belongs to one event. */
function detailOf(detail: string | undefined): Partial<ClockBody> & { progress?: ClockProgress } {
  if (detail === undefined) return {};
  const { reason, ...rest } = JSON.parse(detail) as Partial<ClockBody> & { progress?: ClockProgress };
  return rest;
}
