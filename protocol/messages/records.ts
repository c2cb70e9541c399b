/** The record kinds of the contract and the schema of each body. A new kind is a row here. */
import type * as z from "zod";
import { findingBody, inventoryBody, ipChangeBody, powerBody } from "./records/agent-events.ts";
import { clockBody, punchBody } from "./records/clock-events.ts";
import { gapBody } from "./records/gap.ts";
import { postureBody } from "./records/posture.ts";

export const RECORD_BODIES = {
  posture: postureBody,
  "ip-change": ipChangeBody,
  power: powerBody,
  inventory: inventoryBody,
  finding: findingBody,
  punch: punchBody,
  clock: clockBody,
  gap: gapBody,
} as const;

export type RecordKind = keyof typeof RECORD_BODIES;
export const RECORD_KINDS = Object.keys(RECORD_BODIES) as RecordKind[];

export type BodyOf<Kind extends RecordKind> = z.infer<(typeof RECORD_BODIES)[Kind]>;

/** A record of the contract: `at` is when it happened, by the source's clock (RFC 3339, UTC, milliseconds). */
export type ContractRecord = { [Kind in RecordKind]: { kind: Kind; at: string; body: BodyOf<Kind> } }[RecordKind];

export function isRecordKind(kind: string): kind is RecordKind {
  return Object.hasOwn(RECORD_BODIES, kind);
}
