/** Names of sites, sources and buckets: the variable levels of every topic. Free of zod, so that agents stay small. */
import { createHash } from "node:crypto";

/** A site or a source: lower-case letters, digits and hyphens, at most 63 (contract, section Topics). */
export const NAME_PATTERN = /^[a-z0-9][a-z0-9-]{0,62}$/;

export const BUCKET_PATTERN = /^[0-9a-f]{2}$/;

/** The first byte of SHA-256(source) as two hex digits; each bucket has one owner among the intake workers. */
export function bucketOf(source: string): string {
  return createHash("sha256").update(source).digest("hex").slice(0, 2);
}
