/** The hash of a part: over its content, not over the times at which it was looked up. Pure. */
import { createHash } from "node:crypto";

/** SHA-256 of the canonical JSON without the stamps, cut to 16 hex digits as the contract wants it. */
export function hashPart(content: object): string {
  return createHash("sha256").update(canonicalJson(content)).digest("hex").slice(0, 16);
}

/** JSON with sorted keys; a fact's own `at` (when it was looked up) is left out, a value's `at` (when it happened) stays. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const stamped = isFact(value);
  const entries = Object.entries(value).filter(([key, item]) => item !== undefined && !(stamped && key === "at"));
  const sorted = entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`).join(",")}}`;
}

function isFact(value: object): boolean {
  return "unknown" in value || ("value" in value && "confidence" in value);
}
