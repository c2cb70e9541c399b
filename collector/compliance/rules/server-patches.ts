/** XC 3: servers are upgraded and patched weekly: updates looked for within seven days, no security update left for longer. */
import { failWhenSettled, isInService, roleOf } from "../applicability.ts";
import type { Facts } from "../facts.ts";
import { PACKAGES_NAMED_MAX, patchState } from "../patches.ts";
import { type Context, DAY_MS, type Evidence, pass, RULES_FROM, type Rule, unknown, type Verdict } from "../rule.ts";

export const SERVER_PATCHES: Rule = {
  code: "XC3-server-patches",
  article: "XC 3",
  version: 1,
  from: RULES_FROM,
  severity: "violation",
  graceSeconds: 0,
  title: { zh: "服务器补丁未按周更新", en: "Server not patched within the week" },
  remediation: {
    zh: "检查更新源，安装全部安全更新；须重启生效的，安排在下班后重启，并记入巡查记录。",
    en: "Check the update source and install all security updates; restart after hours where needed, and note it in the inspection record.",
  },
  appliesTo: (facts) => isInService(facts) && roleOf(facts) === "server",
  check,
  message: ({ reason, checkedAt, security, since }, show) =>
    reason === "not-checked"
      ? { zh: `最近一次检查更新为 ${show(checkedAt)}。`, en: `Updates were last looked for at ${show(checkedAt)}.` }
      : {
          zh: `有 ${security} 个安全更新自 ${show(since)} 起尚未安装。`,
          en: `${security} security updates have been waiting since ${show(since)}.`,
        },
};

function check(facts: Facts, context: Context): Verdict {
  const state = patchState(facts);
  if (!state || state.checkedAt === undefined) return unknown("patch-unknown");
  const { checkedAt, security, since } = state;
  const checkedUntil = checkedAt + context.settings.serverCheckDays * DAY_MS;
  if (context.now > checkedUntil) {
    return heldAgainst(facts, context, "not-checked", { checkedAt: instant(checkedAt) });
  }
  if (security === undefined) return unknown("pending-unknown", checkedUntil + 1);
  if (security === 0) return pass(checkedUntil + 1);
  if (since === undefined) return unknown("pending-since-unknown", checkedUntil + 1);
  const installUntil = since + context.settings.serverPendingDays * DAY_MS;
  if (context.now <= installUntil) return pass(Math.min(checkedUntil, installUntil) + 1);
  const evidence = { security, since: instant(since), packages: state.packages.slice(0, PACKAGES_NAMED_MAX) };
  return heldAgainst(facts, context, "security-pending", evidence, checkedUntil + 1);
}

function heldAgainst(facts: Facts, context: Context, reason: string, evidence: Evidence, nextAt?: number): Verdict {
  const observed = { collectedAt: facts.parts.patch?.collectedAt ?? null };
  return failWhenSettled(facts, context, reason, evidence, { observed, nextAt });
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}
