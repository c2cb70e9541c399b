/**
 * The antivirus part on Windows: Security Center names the products, rules and Defender's own records date them. Entries outlive
 * an uninstall, so a product also needs a running guard. Not yet run on Windows.
 */
import type { AntivirusProduct } from "../../../protocol/messages/records/posture.ts";
import type { Probe, ProbeContext } from "../probe.ts";
import { cut } from "../text.ts";
import type { SecurityCenterProduct } from "../windows/daily-snapshot.ts";
import { readDefender } from "./defender.ts";
import { guardRuns, isInstalled, lookAround, type Running } from "./detect.ts";
import { readProduct } from "./product.ts";
import { decodeProductState } from "./product-state.ts";
import type { ProductRule } from "./rule.ts";

const PRODUCTS_MAX = 16;
const SECURITY_CENTER = "SecurityCenter2:AntiVirusProduct";
const DEFENDER = /^(Windows|Microsoft) Defender/i;

export const windowsAntivirus: Probe<"antivirus"> = async (context) => {
  const { os, facts, antivirusRules, daily } = context;
  const running = await lookAround(os);
  const registered = [...(daily?.securityCenter ?? [])];
  const products: AntivirusProduct[] = [];
  for (const rule of antivirusRules) {
    if (rule.platform === "linux" || !(await isInstalled(rule, os, running, daily))) continue;
    const index = registered.findIndex((entry) => matches(rule, entry));
    const entry = index < 0 ? undefined : registered.splice(index, 1)[0];
    products.push(await merge(await readProduct(rule, context, running), entry, rule, context, running));
  }
  for (const entry of registered) products.push(await unruled(entry, context));
  if (products.length === 0 && !daily) {
    return {
      products: facts.unknown("not-recorded", "the first snapshot of the day is still to come", SECURITY_CENTER),
    };
  }
  return { products: facts.known(products.slice(0, PRODUCTS_MAX), `${SECURITY_CENTER}, product rules`, "vendor-api") };
};

function matches(rule: ProductRule, { displayName }: SecurityCenterProduct): boolean {
  return rule.detect.some(
    (detector) => detector.kind === "security-center" && new RegExp(detector.pattern, "i").test(displayName),
  );
}

/** Security Center's word counts only while the guard runs; where no process list could be read, it counts alone. */
async function merge(
  product: AntivirusProduct,
  entry: SecurityCenterProduct | undefined,
  rule: ProductRule,
  context: ProbeContext,
  running: Running,
): Promise<AntivirusProduct> {
  if (!entry) return product;
  const { protection, definitionsCurrent, notes } = stateOf(entry, context);
  const guard = await guardRuns(rule, running);
  const stopped = guard.ok && !guard.runs;
  return {
    ...product,
    protection: stopped ? product.protection : protection,
    definitionsCurrent,
    notes: [...product.notes, ...notes, ...(stopped ? ["registered, but its guard does not run"] : [])],
  };
}

async function unruled(entry: SecurityCenterProduct, context: ProbeContext): Promise<AntivirusProduct> {
  const { facts } = context;
  const state = stateOf(entry, context);
  const none = facts.unknown("not-recorded", "no rule for this product");
  const dates = DEFENDER.test(entry.displayName)
    ? await readDefender(context)
    : { version: none, definitionsAt: none, definitionsVersion: none, lastScanAt: none, notes: [] };
  return {
    name: cut(entry.displayName),
    ...dates,
    protection: state.protection,
    definitionsCurrent: state.definitionsCurrent,
    notes: [...dates.notes, ...state.notes],
  };
}

type StateFacts = Pick<AntivirusProduct, "protection" | "definitionsCurrent" | "notes">;

function stateOf({ productState }: SecurityCenterProduct, { facts, daily }: ProbeContext): StateFacts {
  const { state, definitionsCurrent } = decodeProductState(productState);
  const at = { at: daily?.at ?? facts.at };
  const unclear = facts.unknown("sentinel-value", `productState ${productState}`, SECURITY_CENTER);
  return {
    protection:
      state === "unknown" ? unclear : { ...facts.known(state === "on", SECURITY_CENTER, "vendor-api"), ...at },
    definitionsCurrent:
      definitionsCurrent === undefined
        ? unclear
        : { ...facts.known(definitionsCurrent, SECURITY_CENTER, "boolean"), ...at },
    notes: [`productState ${productState}: ${state}`],
  };
}
