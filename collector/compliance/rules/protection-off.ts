/** WG 18: antivirus software that is installed and not on protects nobody. */
import { productsOf } from "../antivirus.ts";
import { isInService } from "../applicability.ts";
import { fail, notApplicable, pass, RULES_FROM, type Rule, unknown } from "../rule.ts";

export const PROTECTION_OFF: Rule = {
  code: "WG18-protection-off",
  article: "WG 18",
  version: 1,
  from: RULES_FROM,
  severity: "violation",
  // After a boot the guard starts later than the agent.
  graceSeconds: 300,
  title: { zh: "防病毒实时防护未开启", en: "Real-time protection off" },
  remediation: {
    zh: "开启防病毒软件的实时防护；无法开启的，报信息技术处处理，处理前不得接入网络办公。",
    en: "Switch real-time protection on; if it cannot be, report it to IT and do not work on the network before it is mended.",
  },
  appliesTo: isInService,
  check(facts) {
    const products = productsOf(facts);
    if (!products) return unknown("antivirus-unknown");
    if (products.length === 0) return notApplicable("no-antivirus");
    if (products.some(({ protection }) => "value" in protection && protection.value)) return pass();
    if (products.some(({ protection }) => !("value" in protection))) return unknown("protection-unknown");
    const names = products.map(({ name }) => name);
    return fail("off", { products: names }, { observed: { collectedAt: facts.parts.antivirus?.collectedAt ?? null } });
  },
  message: ({ products }) => {
    const names = products as string[];
    return {
      zh: `${names.join("、")} 的实时防护未开启。`,
      en: `The real-time protection of ${names.join(", ")} is off.`,
    };
  },
};
