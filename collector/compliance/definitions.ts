/** The age of virus definitions (XC 4), judged for the breach and for the warning before it. */
import type { AntivirusProduct } from "../../protocol/messages/records/posture.ts";
import { newestDate, productsInForce, productsOf } from "./antivirus.ts";
import { failWhenSettled } from "./applicability.ts";
import type { Facts } from "./facts.ts";
import { type Context, DAY_MS, type Evidence, notApplicable, pass, unknown, type Verdict } from "./rule.ts";

type Grade = "ageing" | "old";

export function judgeDefinitions(facts: Facts, context: Context, grade: Grade): Verdict {
  const products = productsOf(facts);
  if (!products) return unknown("antivirus-unknown");
  if (products.length === 0) return notApplicable("no-antivirus");
  const inForce = productsInForce(products);
  const { newest, isComplete } = newestDate(facts, inForce, "definitionsAt");
  if (!newest.known) return withoutDate(facts, inForce, context, grade);
  const { definitionsAgeingDays, definitionsOldDays } = context.settings;
  const passesUntil = newest.at + (grade === "old" ? definitionsOldDays : definitionsAgeingDays) * DAY_MS;
  if (context.now <= passesUntil) return pass(passesUntil + 1);
  const olderFrom = newest.at + definitionsOldDays * DAY_MS;
  if (grade === "ageing" && context.now > olderFrom) return notApplicable("definitions-old");
  if (!isComplete) return unknown("date-unknown");
  const nextAt = grade === "ageing" ? olderFrom + 1 : undefined;
  const { product, source, confidence } = newest;
  const evidence = { product, publishedAt: new Date(newest.at).toISOString(), source, confidence };
  return heldAgainst(facts, context, grade === "old" ? "too-old" : "ageing", evidence, nextAt);
}

/** "Out of date, says the vendor" is worth a warning; how old they are it does not say. */
function withoutDate(facts: Facts, products: readonly AntivirusProduct[], context: Context, grade: Grade): Verdict {
  const words = products.map(({ definitionsCurrent }) =>
    "value" in definitionsCurrent ? definitionsCurrent.value : undefined,
  );
  const product = products[0]?.name ?? "";
  if (grade === "ageing" && words.every((word) => word === false)) {
    return heldAgainst(facts, context, "vendor-says-old", { product }, undefined);
  }
  return unknown(words.includes(true) ? "vendor-says-current" : "date-unknown");
}

function heldAgainst(
  facts: Facts,
  context: Context,
  reason: string,
  evidence: Evidence,
  nextAt: number | undefined,
): Verdict {
  const observed = { collectedAt: facts.parts.antivirus?.collectedAt ?? null, offsetMs: facts.offsetMs };
  return failWhenSettled(facts, context, reason, evidence, { observed, nextAt });
}
