/** XC 4, the warning before the breach: definitions published more than three days ago. */
import { isInService } from "../applicability.ts";
import { judgeDefinitions } from "../definitions.ts";
import { RULES_FROM, type Rule } from "../rule.ts";

export const DEFINITIONS_AGEING: Rule = {
  code: "XC4-definitions-ageing",
  article: "XC 4",
  version: 1,
  from: RULES_FROM,
  severity: "warning",
  graceSeconds: 0,
  title: { zh: "病毒库临近过期", en: "Virus definitions ageing" },
  remediation: {
    zh: "检查自动更新是否正常，在超期前完成病毒库更新。",
    en: "See why the automatic update does not work, and update before they are out of date.",
  },
  appliesTo: isInService,
  check: (facts, context) => judgeDefinitions(facts, context, "ageing"),
  message: ({ reason, product, publishedAt }, show) =>
    reason === "vendor-says-old"
      ? {
          zh: `${product} 提示病毒库已过期（未提供发布日期）。`,
          en: `${product} says that its definitions are out of date (it gives no date).`,
        }
      : {
          zh: `${product} 正在使用的病毒库发布于 ${show(publishedAt)}。`,
          en: `The definitions that ${product} uses were published at ${show(publishedAt)}.`,
        },
};
