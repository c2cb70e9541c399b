/** Questions that several rules ask about a PC before they judge it. */
import type { Facts } from "./facts.ts";
import { type Context, DAY_MS, type Evidence, fail, unknown, type Verdict } from "./rule.ts";

/** A PC whose certificate is revoked or that is off the register is nobody's duty any more. */
export function isInService(facts: Facts): boolean {
  return !facts.revoked && facts.pc.state !== "retired";
}

/** The role in the register; before anybody has decided, what the operating system says of itself. */
export function roleOf({ pc, parts }: Facts): "desktop" | "server" {
  const os = parts.identity?.content.os;
  if (pc.state === "pending" && os && "value" in os && os.value.server) return "server";
  return pc.role;
}

/**
 * A fault that only time brought about is held against a PC that is on, and has been on long enough to mend it (XC 4).
 * `nextAt`: when the facts give another verdict, whether this one is held back or not.
 */
export function failWhenSettled(
  facts: Facts,
  context: Context,
  reason: string,
  evidence: Evidence,
  more: { observed: Evidence; nextAt?: number | undefined },
): Verdict {
  const judgeable = whetherJudgeable(facts, context);
  if (judgeable.ok) return fail(reason, evidence, more);
  return unknown(judgeable.reason, earliest(judgeable.nextAt, more.nextAt));
}

function earliest(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}

function whetherJudgeable(
  { presence }: Facts,
  { now, settings }: Context,
): { ok: true } | { ok: false; reason: string; nextAt?: number } {
  if (presence.state !== "online" || presence.onlineSince === null) return { ok: false, reason: "offline" };
  const settledAt = presence.onlineSince + settings.settleMinutes * 60_000;
  return now < settledAt ? { ok: false, reason: "just-online", nextAt: settledAt } : { ok: true };
}

/** Dates beyond this cannot be true in a report collected then; a day is left for zones and clocks that are off. */
export function latestPlausible(collectedAt: string, { offsetMs }: Facts): number {
  return Date.parse(collectedAt) - (offsetMs ?? 0) + DAY_MS;
}
