/** The antivirus products whose word counts. */
import type { AntivirusProduct } from "../../protocol/messages/records/posture.ts";
import { latestPlausible } from "./applicability.ts";
import type { Facts } from "./facts.ts";

/** Undefined: the agent does not know which products there are. */
export function productsOf({ parts }: Facts): AntivirusProduct[] | undefined {
  const products = parts.antivirus?.content.products;
  return products && "value" in products ? products.value : undefined;
}

/** The products whose protection is on; where none is known to be on, all of them (a passive one beside it says nothing). */
export function productsInForce(products: readonly AntivirusProduct[]): AntivirusProduct[] {
  const on = products.filter(({ protection }) => "value" in protection && protection.value);
  return on.length > 0 ? on : [...products];
}

export type NewestDate =
  | { known: true; at: number; product: string; source: string; confidence: string }
  | { known: false };

/**
 * The newest known date among the products, and whether another product might have a newer one: then an old date proves
 * nothing. A date that cannot be true is a fault of some clock and counts as unknown.
 */
export function newestDate(
  facts: Facts,
  products: readonly AntivirusProduct[],
  field: "definitionsAt" | "lastScanAt",
): { newest: NewestDate; isComplete: boolean } {
  const collectedAt = facts.parts.antivirus?.collectedAt;
  const latest = collectedAt === undefined ? Number.NaN : latestPlausible(collectedAt, facts);
  let newest: NewestDate = { known: false };
  let isComplete = true;
  for (const product of products) {
    const fact = product[field];
    const at = "value" in fact ? Date.parse(fact.value) : Number.NaN;
    if (!("value" in fact) || !(at <= latest)) isComplete = false;
    else if (!newest.known || at > newest.at) {
      newest = { known: true, at, product: product.name, source: fact.source, confidence: fact.confidence };
    }
  }
  return { newest, isComplete };
}
