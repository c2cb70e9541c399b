/** The pending part of a patch state: numbers, names, since when; unknown when the lists are too old to say. Pure. */
import type { Fact } from "../../../protocol/messages/fact.ts";
import type { Parts } from "../../../protocol/messages/records/posture.ts";
import type { Facts } from "../facts.ts";
import { cut } from "../text.ts";
import type { Upgrade } from "./apt.ts";

export type PendingFact = Parts["patch"]["pending"];

/** Lists older than this cannot say that nothing is pending. */
export const LISTS_AGE_MAX_MS = 7 * 24 * 3_600_000;
const PACKAGES_MAX = 200;

export interface PendingEvidence {
  upgrades: readonly Upgrade[];
  source: string;
  listsAt: Fact<string>;
  pendingSince: ReadonlyMap<string, string>;
}

export function pendingFact(evidence: PendingEvidence, facts: Facts, nowMs: number): PendingFact {
  const { upgrades, source, listsAt, pendingSince } = evidence;
  const security = [...new Set(upgrades.filter((upgrade) => upgrade.security).map(({ name }) => name))].sort();
  const counted = `${security.length} security, ${upgrades.length} in all`;
  if (!("value" in listsAt)) return facts.unknown("stale-source", `${counted}, by lists of unknown age`, source);
  if (nowMs - Date.parse(listsAt.value) > LISTS_AGE_MAX_MS) {
    return facts.unknown("stale-source", `${counted}, by lists of ${listsAt.value}`, source);
  }
  // Seen for the first time now: then it has been pending since now, as far as this PC can tell.
  const since = security.map((name) => pendingSince.get(name) ?? facts.at).sort()[0];
  const packages = security.slice(0, PACKAGES_MAX).map((name) => cut(name));
  return facts.known(
    { security: security.length, total: upgrades.length, packages, ...(since && { since }) },
    source,
    "os-record",
  );
}
