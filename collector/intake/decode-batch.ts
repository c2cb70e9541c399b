/** The outside of what arrives: bytes to JSON to envelope. Bad bytes are expected, so nothing here throws. */
import { isUtf8 } from "node:buffer";
import type * as z from "zod";
import { BATCH_BYTES_MAX } from "../../protocol/messages/limits.ts";

export type Decoded<T> =
  | { ok: true; message: T }
  | { ok: false; code: "message-too-large" | "not-utf8" | "not-json" | "bad-envelope"; detail: string };

/** Decodes a payload by the schema of its channel. */
export function decodeMessage<T>(payload: Buffer, schema: z.ZodType<T>): Decoded<T> {
  if (payload.length > BATCH_BYTES_MAX)
    return { ok: false, code: "message-too-large", detail: `${payload.length} bytes` };
  if (!isUtf8(payload)) return { ok: false, code: "not-utf8", detail: "" };
  const json = parseJson(payload.toString("utf8"));
  if (!json.ok) return { ok: false, code: "not-json", detail: json.detail };
  const parsed = schema.safeParse(json.value);
  if (!parsed.success) return { ok: false, code: "bad-envelope", detail: describeIssues(parsed.error) };
  return { ok: true, message: parsed.data };
}

function parseJson(text: string): { ok: true; value: unknown } | { ok: false; detail: string } {
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch {
    // V8's message quotes the text, which may hold anything; the text itself goes to quarantine.
    return { ok: false, detail: "not JSON" };
  }
}

const ISSUES_SHOWN = 3;

/** `body.readAt: …; body.type: …`: where and what, without the values. */
export function describeIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, ISSUES_SHOWN)
    .map((issue) => `${issue.path.join(".")}: ${issue.code}`)
    .join("; ");
}
