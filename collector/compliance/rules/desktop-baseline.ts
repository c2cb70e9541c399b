/**
 * XC 3 for office PCs. Windows: the update revision against a table, one comparison, and no verdict without a line in it.
 * Linux: no security update left for longer than the setting says, told from package lists that are not stale themselves.
 */
import { failWhenSettled, isInService, roleOf } from "../applicability.ts";
import type { Facts } from "../facts.ts";
import { PACKAGES_NAMED_MAX, patchState } from "../patches.ts";
import {
  type Context,
  DAY_MS,
  type Evidence,
  fail,
  pass,
  RULES_FROM,
  type Rule,
  unknown,
  type Verdict,
} from "../rule.ts";

export const DESKTOP_BASELINE: Rule = {
  code: "XC3-desktop-baseline",
  article: "XC 3",
  version: 1,
  from: RULES_FROM,
  severity: "warning",
  graceSeconds: 0,
  title: { zh: "办公计算机补丁低于基线", en: "Office PC below the patch baseline" },
  remediation: {
    zh: "安装最新累积更新（或全部安全更新）并重启；不能联网更新的，由信息技术处离线安装。",
    en: "Install the latest cumulative update (or all security updates) and restart; IT installs offline where there is no update source.",
  },
  appliesTo: (facts) => isInService(facts) && roleOf(facts) === "desktop",
  check(facts, context) {
    const os = facts.parts.identity?.content.os;
    if (!os || !("value" in os)) return unknown("os-unknown");
    return os.value.family === "windows" ? checkWindows(facts, context) : checkLinux(facts, context);
  },
  message: ({ reason, level, baseline, security, since }, show) =>
    reason === "below-baseline"
      ? { zh: `当前版本 ${level}，低于基线 ${baseline}。`, en: `Level ${level} is below the baseline ${baseline}.` }
      : {
          zh: `有 ${security} 个安全更新自 ${show(since)} 起尚未安装。`,
          en: `${security} security updates have been waiting since ${show(since)}.`,
        },
};

function checkWindows(facts: Facts, { settings }: Context): Verdict {
  const level = facts.parts.patch?.content.level;
  const match = level && "value" in level ? /^(\d+)\.(\d+)$/.exec(level.value) : null;
  if (!match) return unknown("level-unknown");
  const [text, build = "", revision] = match;
  const least = Object.hasOwn(settings.windowsBaseline, build) ? settings.windowsBaseline[build] : undefined;
  if (least === undefined) return unknown("no-baseline");
  if (Number(revision) >= least) return pass();
  return fail("below-baseline", { level: text, baseline: `${build}.${least}` }, observedOf(facts));
}

function checkLinux(facts: Facts, context: Context): Verdict {
  const state = patchState(facts);
  if (!state || state.checkedAt === undefined || state.security === undefined) return unknown("pending-unknown");
  const freshUntil = state.checkedAt + context.settings.desktopListsDays * DAY_MS;
  if (context.now > freshUntil) return unknown("lists-stale");
  if (state.security === 0) return pass(freshUntil + 1);
  if (state.since === undefined) return unknown("pending-since-unknown", freshUntil + 1);
  const installUntil = state.since + context.settings.desktopPendingDays * DAY_MS;
  if (context.now <= installUntil) return pass(Math.min(freshUntil, installUntil) + 1);
  const packages = state.packages.slice(0, PACKAGES_NAMED_MAX);
  const evidence = { security: state.security, since: new Date(state.since).toISOString(), packages };
  return failWhenSettled(facts, context, "security-pending", evidence, {
    ...observedOf(facts),
    nextAt: freshUntil + 1,
  });
}

function observedOf(facts: Facts): { observed: Evidence } {
  return { observed: { collectedAt: facts.parts.patch?.collectedAt ?? null } };
}
