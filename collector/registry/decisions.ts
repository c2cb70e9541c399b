/**
 * Decisions and observations of the centre itself: records of the source `centre`, in the same append-only table as
 * everything observed, so that every projection follows from one ordered log.
 */
import * as z from "zod";
import { STATUS_STATES, STOP_CAUSES } from "../../protocol/messages/envelope.ts";
import { name, shortText } from "../../protocol/messages/primitives.ts";
import { ATTENDANCE_DECISION_BODIES } from "./attendance-decisions.ts";
import { PUNCH_DECISION_BODIES } from "./punch-decisions.ts";
import { settingValue } from "./settings.ts";

export const CENTRE_SOURCE = "centre";

export const PC_ROLES = ["desktop", "server"] as const;
export const PC_ZONES = ["inner", "outer", "isolated"] as const;

/** A day in the site's zone, `YYYY-MM-DD`. */
export const day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

/** Who decided and why; `by` is an account or `cli:user`, never a secret. */
const decided = { by: shortText, reason: shortText.optional() };

export const DECISION_BODIES = {
  /** The centre began to listen; `silentSince`: it heard nothing from then on (its previous stop or death). */
  "centre.started": z.object({ silentSince: z.int().nullable(), version: shortText }),
  "source.enrolled": z.object({
    source: name,
    kind: z.enum(["agent", "reader"]),
    hostname: shortText,
    simulated: z.boolean(),
    ...decided,
  }),
  /** No source came of it; `enrolment` is the id of the request. */
  "enrolment.refused": z.object({
    enrolment: z.string(),
    kind: z.enum(["agent", "reader"]),
    hostname: shortText,
    ...decided,
  }),
  "source.revoked": z.object({ source: name, ...decided }),
  /** One epoch from two machines, or one sequence number with two contents. */
  "source.duplicate": z.object({ source: name, epoch: z.string(), detail: shortText, addresses: z.array(shortText) }),
  /** Presence as the centre believes it, after waiting out flaps. */
  presence: z.object({
    source: name,
    state: z.enum(STATUS_STATES),
    session: z.string(),
    cause: z.enum(STOP_CAUSES).optional(),
    address: shortText.optional(),
    offsetMs: z.int().nullable(),
  }),
  "pc.registered": z.object({
    source: name,
    state: z.enum(["approved", "retired"]),
    unit: shortText.nullable(),
    custodian: shortText.nullable(),
    role: z.enum(PC_ROLES),
    zone: z.enum(PC_ZONES),
    note: shortText.nullable(),
    ...decided,
  }),
  "ip.granted": z.object({
    source: name,
    address: shortText,
    from: day,
    to: day.nullable(),
    reference: shortText,
    ...decided,
  }),
  /** `grant` is the id of the ip_grant row: the record id of its `ip.granted`. */
  "ip.revoked": z.object({ grant: z.int(), ...decided }),
  /** `key` is one of `SETTINGS`; a program that no longer knows it passes it over. */
  "setting.changed": z.object({
    key: z.string().min(1).max(64),
    value: settingValue,
    by: shortText,
    reason: shortText,
  }),
  ...PUNCH_DECISION_BODIES,
  ...ATTENDANCE_DECISION_BODIES,
} as const;

export type DecisionKind = keyof typeof DECISION_BODIES;
export type DecisionBody<Kind extends DecisionKind> = z.infer<(typeof DECISION_BODIES)[Kind]>;
export type Decision = { [Kind in DecisionKind]: { kind: Kind; body: DecisionBody<Kind> } }[DecisionKind];
