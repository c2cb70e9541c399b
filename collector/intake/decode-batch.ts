/** The outside of what arrives: bytes to JSON to envelope. Bad bytes are expected, so nothing here throws. */
import { isUtf8 } from "node:buffer";
import type * as z from "zod";
import { type Batch, batch } from "../../protocol/messages/envelope.ts";
import { BATCH_BYTES_MAX, BATCH_RECORDS_MAX, CONTRACT_VERSION } from "../../protocol/messages/limits.ts";
import { parseInstant } from "../../protocol/messages/primitives.ts";

export type Decoded<T> =
  | { ok: true; message: T }
  | { ok: false; code: "message-too-large" | "not-utf8" | "not-json" | "bad-envelope"; detail: string };

/** Decodes a payload by the schema of its channel. */
export function decodeMessage<T>(payload: Buffer, schema: z.ZodType<T>): Decoded<T> {
  const json = decodeJson(payload);
  return json.ok ? checkEnvelope(json.message, schema) : json;
}

/** As `decodeMessage` with the schema `batch`, which is only asked when something is wrong: most of what arrives is a batch. */
export function decodeBatch(payload: Buffer): Decoded<Batch> {
  const json = decodeJson(payload);
  if (!json.ok) return json;
  return isBatch(json.message) ? { ok: true, message: json.message } : checkEnvelope(json.message, batch);
}

function decodeJson(payload: Buffer): Decoded<unknown> {
  if (payload.length > BATCH_BYTES_MAX)
    return { ok: false, code: "message-too-large", detail: `${payload.length} bytes` };
  if (!isUtf8(payload)) return { ok: false, code: "not-utf8", detail: "" };
  try {
    return { ok: true, message: JSON.parse(payload.toString("utf8")) };
  } catch {
    // V8's message quotes the text, which may hold anything; the text itself goes to quarantine.
    return { ok: false, code: "not-json", detail: "not JSON" };
  }
}

function checkEnvelope<T>(message: unknown, schema: z.ZodType<T>): Decoded<T> {
  const parsed = schema.safeParse(message);
  if (parsed.success) return { ok: true, message: parsed.data };
  return { ok: false, code: "bad-envelope", detail: describeIssues(parsed.error) };
}

const EPOCH = /^[0-9a-f]{16}$/;

function isBatch(message: unknown): message is Batch {
  if (typeof message !== "object" || message === null) return false;
  const { v, epoch, first, sentAt, records } = message as Partial<Batch>;
  return (
    v === CONTRACT_VERSION &&
    typeof epoch === "string" &&
    EPOCH.test(epoch) &&
    Number.isSafeInteger(first) &&
    (first as number) >= 1 &&
    !Number.isNaN(parseInstant(sentAt)) &&
    Array.isArray(records) &&
    records.length >= 1 &&
    records.length <= BATCH_RECORDS_MAX
  );
}

const ISSUES_SHOWN = 3;

/** `body.readAt: …; body.type: …`: where and what, without the values. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, ISSUES_SHOWN)
    .map((issue) => `${issue.path.join(".")}: ${issue.code}`)
    .join("; ");
}
