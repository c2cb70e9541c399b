/** WG 18: every server and every office PC has antivirus software. */
import { productsOf } from "../antivirus.ts";
import { isInService } from "../applicability.ts";
import { fail, pass, RULES_FROM, type Rule, unknown } from "../rule.ts";

export const NO_ANTIVIRUS: Rule = {
  code: "WG18-no-antivirus",
  article: "WG 18",
  version: 1,
  from: RULES_FROM,
  severity: "violation",
  graceSeconds: 0,
  title: { zh: "未安装防病毒软件", en: "No antivirus software" },
  remediation: {
    zh: "安装单位统一配发的防病毒软件，更新病毒库，做一次全盘查杀，并开启实时防护。",
    en: "Install the antivirus software of the house, update its definitions, scan the whole machine and switch real-time protection on.",
  },
  appliesTo: isInService,
  check(facts) {
    const products = productsOf(facts);
    if (!products) return unknown("antivirus-unknown");
    return products.length > 0
      ? pass()
      : fail("none-found", {}, { observed: { collectedAt: facts.parts.antivirus?.collectedAt ?? null } });
  },
  message: () => ({ zh: "未发现任何防病毒软件。", en: "No antivirus software was found." }),
};
