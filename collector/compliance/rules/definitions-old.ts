/** XC 4: virus definitions are updated weekly: a breach when those in use were published longer ago than the setting says, seven days at first. */
import { isInService } from "../applicability.ts";
import { judgeDefinitions } from "../definitions.ts";
import { RULES_FROM, type Rule } from "../rule.ts";

export const DEFINITIONS_OLD: Rule = {
  code: "XC4-definitions-old",
  article: "XC 4",
  version: 1,
  from: RULES_FROM,
  severity: "violation",
  graceSeconds: 0,
  title: { zh: "病毒库超期未更新", en: "Virus definitions out of date" },
  remediation: {
    zh: "立即更新病毒库并确认升级服务器可达；仍不能更新的，报信息技术处离线升级。",
    en: "Update the definitions now and see that the update server can be reached; if it cannot, have IT update offline.",
  },
  appliesTo: isInService,
  check: (facts, context) => judgeDefinitions(facts, context, "old"),
  message: ({ product, publishedAt }, show) => ({
    zh: `${product} 正在使用的病毒库发布于 ${show(publishedAt)}。`,
    en: `The definitions that ${product} uses were published at ${show(publishedAt)}.`,
  }),
};
