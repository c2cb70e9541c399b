/** One record of a batch: checked by the schema of its kind, or set aside whole with the reason. */
import * as z from "zod";
import { recordEnvelope } from "../../protocol/messages/envelope.ts";
import { parseInstant } from "../../protocol/messages/primitives.ts";
import { isRecordKind, RECORD_BODIES, type RecordKind } from "../../protocol/messages/records.ts";
import { contentHash } from "./contents.ts";
import { describeIssues } from "./decode-batch.ts";

/** Compiled they cost a fifth: this is asked of every record. */
const COMPILED_BODIES = Object.fromEntries(
  Object.entries(RECORD_BODIES).map(([kind, body]) => [kind, z.compile<z.ZodType>(body)]),
) as Record<RecordKind, z.ZodType>;

export type QuarantineReason = "invalid-record" | "unknown-kind" | "too-deep";

export type CheckedRecord =
  | { ok: true; kind: string; at: number; body: string; hash: number }
  | { ok: false; reason: QuarantineReason; detail: string; raw: string; hash: number };

/**
 * Checks a record. `body` is the body as it was sent, unknown fields included, in the JSON that was checked: never the text of the
 * wire, in which a name may stand twice.
 */
export function checkRecord(record: unknown): CheckedRecord {
  try {
    return check(record);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    // Nested so deep that it cannot be written again: a schema never asks for that, so nothing of worth is dropped.
    return { ok: false, reason: "too-deep", detail: "nested too deep to be written", raw: "", hash: 0 };
  }
}

/** What `recordEnvelope` asks, of a known kind, at a tenth of its cost; `explain` says what is wrong. */
function check(record: unknown): CheckedRecord {
  const { kind, at, body } = fieldsOf(record);
  const atMs = parseInstant(at);
  if (typeof kind !== "string" || !isRecordKind(kind) || Number.isNaN(atMs)) return explain(record);
  const checked = COMPILED_BODIES[kind].safeParse(body);
  if (!checked.success) return setAside(record, "invalid-record", `${kind}: ${describeIssues(checked.error)}`);
  const text = JSON.stringify(body);
  // No two kinds have bodies alike: the time and the body are the whole content.
  const hash = kind === "gap" ? 0 : contentHash(text, atMs >>> 0);
  return { ok: true, kind, at: atMs, body: text, hash };
}

function fieldsOf(record: unknown): { kind?: unknown; at?: unknown; body?: unknown } {
  return typeof record === "object" && record !== null ? record : {};
}

function explain(record: unknown): CheckedRecord {
  const envelope = recordEnvelope.safeParse(record);
  if (!envelope.success) return setAside(record, "invalid-record", describeIssues(envelope.error));
  return setAside(record, "unknown-kind", envelope.data.kind);
}

function setAside(record: unknown, reason: QuarantineReason, detail: string): CheckedRecord {
  const raw = JSON.stringify(record);
  return { ok: false, reason, detail, raw, hash: contentHash(raw) };
}
