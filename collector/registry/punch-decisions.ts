/**
 * What officers decide about punches whose time cannot be true, as records of the centre. `punch` is the id of the punch's record;
 * a later decision about the same punch takes the place of an earlier one.
 */
import * as z from "zod";
import { instant, shortText } from "../../protocol/messages/primitives.ts";

/** Where the accepted time comes from: the clock's measured error, the moment at which the push arrived, or the officer's own knowledge. */
export const TIME_BASES = ["offset", "received", "officer"] as const;
export type TimeBasis = (typeof TIME_BASES)[number];

const decided = { by: shortText, reason: shortText };

export const PUNCH_DECISION_BODIES = {
  /** `at`: when it was really made; from then on it counts like any other punch. `measured`: the record of the offset taken. */
  "punch.accepted": z.object({
    punch: z.int(),
    at: instant,
    basis: z.enum(TIME_BASES),
    measured: z.int().nullable(),
    ...decided,
  }),
  /** It stays in the evidence, and nothing is concluded from it. */
  "punch.rejected": z.object({ punch: z.int(), ...decided }),
} as const;

export type PunchDecisionKind = keyof typeof PUNCH_DECISION_BODIES;
export type PunchDecisionBody<Kind extends PunchDecisionKind> = z.infer<(typeof PUNCH_DECISION_BODIES)[Kind]>;
export type PunchDecision = {
  [Kind in PunchDecisionKind]: { kind: Kind; body: PunchDecisionBody<Kind> };
}[PunchDecisionKind];

export function isPunchDecisionKind(kind: string): kind is PunchDecisionKind {
  return Object.hasOwn(PUNCH_DECISION_BODIES, kind);
}
