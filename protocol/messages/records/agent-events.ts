/** What an agent reports beside its posture: address changes, power events, inventory, and findings only the PC can see. */
import * as z from "zod";
import { instant, longText, shortText } from "../primitives.ts";
import { ADAPTER_KINDS, ADDRESS_ORIGINS } from "./posture.ts";

const heldAddress = z.object({ address: shortText, prefix: z.int().min(0).max(128), origin: z.enum(ADDRESS_ORIGINS) });

/** `ip-change`: one adapter's addresses before and after, once the change has held. */
export const ipChangeBody = z.object({
  adapter: shortText,
  mac: shortText.optional(),
  /** Of the adapter as it is now, or as it was if it is gone. */
  kind: z.enum(ADAPTER_KINDS).optional(),
  from: z.array(heldAddress).max(64),
  to: z.array(heldAddress).max(64),
  heldSeconds: z.number().min(0),
});
export type IpChangeBody = z.infer<typeof ipChangeBody>;

export const POWER_EVENTS = ["boot", "shutdown", "unexpected-shutdown", "sleep", "wake", "log-cleared"] as const;

/** `power`: from the operating system's own log; `at` of the record is when it happened. */
export const powerBody = z.object({
  event: z.enum(POWER_EVENTS),
  bootId: shortText.optional(),
  clean: z.boolean().optional(),
  requestedBy: shortText.optional(),
  reason: longText.optional(),
  source: shortText,
  /** The operating system's event ids, or the log lines, that say so. */
  evidence: z.array(longText).max(16),
});
export type PowerBody = z.infer<typeof powerBody>;

/** `inventory`: hardware and software; the whole first, afterwards the differences against `base`. */
export const inventoryBody = z.object({
  hash: z.string().regex(/^[0-9a-f]{16}$/),
  base: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  hardware: z.record(z.string(), longText).optional(),
  added: z.array(z.object({ name: shortText, version: shortText })).max(400),
  removed: z.array(z.object({ name: shortText, version: shortText })).max(400),
  /** Parts of a list that is longer than one record holds: this is number `part` of `parts`. */
  part: z.int().min(1),
  parts: z.int().min(1).max(64),
});
export type InventoryBody = z.infer<typeof inventoryBody>;

export const AGENT_FINDINGS = ["threat-left", "volume-mounted", "extra-network-path", "listed-process"] as const;

/** `finding`: what only the PC can see at the time. Evidence for a rule, not a verdict. */
export const findingBody = z.object({
  finding: z.enum(AGENT_FINDINGS),
  since: instant,
  until: instant.optional(),
  evidence: z.record(z.string(), longText),
});
