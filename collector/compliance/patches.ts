/** What a PC's posture says about updates. */
import { latestPlausible } from "./applicability.ts";
import type { Facts } from "./facts.ts";

export interface PatchState {
  /** When the update search or the package lists were last refreshed; undefined: not known. */
  checkedAt: number | undefined;
  /** Pending security updates; undefined: not known. */
  security: number | undefined;
  packages: readonly string[];
  /** Since when security updates have been pending; undefined: none are, or it is not known. */
  since: number | undefined;
  collectedAt: string;
}

/** Undefined: the PC has told nothing about patches, or what it told is out of date. */
export function patchState(facts: Facts): PatchState | undefined {
  const part = facts.parts.patch;
  if (!part) return undefined;
  const { listsAt, pending } = part.content;
  const checkedAt = "value" in listsAt ? Date.parse(listsAt.value) : Number.NaN;
  const known = "value" in pending ? pending.value : undefined;
  const since = known?.since === undefined ? facts.pendingSecuritySince : Date.parse(known.since);
  return {
    checkedAt: checkedAt <= latestPlausible(part.collectedAt, facts) ? checkedAt : undefined,
    security: known?.security,
    packages: known?.packages ?? [],
    since: known && known.security > 0 ? (since ?? undefined) : undefined,
    collectedAt: part.collectedAt,
  };
}

/** Packages named in evidence; the rest is a number. */
export const PACKAGES_NAMED_MAX = 10;
