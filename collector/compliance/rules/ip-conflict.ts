/** WG 14: one address, one PC. Two PCs online with the same address at the same time are a conflict, whoever is in the right. */
import { isInService } from "../applicability.ts";
import { fail, pass, RULES_FROM, type Rule, unknown } from "../rule.ts";

export const IP_CONFLICT: Rule = {
  code: "WG14-ip-conflict",
  article: "WG 14",
  version: 1,
  from: RULES_FROM,
  severity: "critical",
  // A lease that moves from one PC to another is seen on both for a moment.
  graceSeconds: 60,
  title: { zh: "IP 地址冲突（同一地址多台计算机）", en: "IP conflict: several PCs on one address" },
  remediation: {
    zh: "对照 IP 台账确认该地址的登记使用人，责令另一方立即恢复原地址；两台均未登记的，一并停用并补办申请。",
    en: "See in the ledger whose address it is and have the other PC go back to its own at once; if neither is entitled, both stop using it.",
  },
  appliesTo: isInService,
  check({ presence, addresses }, { holders }) {
    if (presence.state !== "online") return unknown("offline");
    if (addresses === null) return unknown("network-unknown");
    const conflicts = addresses
      .map(({ address, adapter, mac }) => ({ address, adapter, mac, others: holders(address) }))
      .filter(({ others }) => others.length > 0);
    return conflicts.length === 0 ? pass() : fail("address-shared", { conflicts });
  },
  message(evidence) {
    const { conflicts } = evidence as {
      conflicts: { address: string; others: { source: string; mac: string | null }[] }[];
    };
    const list = (language: "zh" | "en") =>
      conflicts
        .map(({ address, others }) => {
          const names = others.map(({ source, mac }) => (mac ? `${source} [${mac}]` : source));
          return language === "zh"
            ? `${address} 与 ${names.join("、")} 同时使用`
            : `${address} is also held by ${names.join(", ")}`;
        })
        .join(language === "zh" ? "；" : "; ");
    return { zh: `${list("zh")}。`, en: `${list("en")}.` };
  },
};
