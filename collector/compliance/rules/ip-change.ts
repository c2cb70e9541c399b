/**
 * WG 14: no address without application and consent, and none changed by oneself. Judged against the IP ledger:
 * - a PC with a line in the ledger holds granted addresses only;
 * - a PC without one may keep what it first showed itself with: while it is pending that is XC 1's matter, once it is
 *   approved the ledger is to follow within a grace; but changing it without application is a breach from the start.
 * The agent reports a change only after it has held, so there is no grace for one.
 */

import { addDays } from "../../calendar/calendar.ts";
import { sameSegment } from "../../registry/address.ts";
import { isInService } from "../applicability.ts";
import type { Facts, GrantFact, HeldAddress } from "../facts.ts";
import { covers } from "../network.ts";
import {
  type Context,
  type Evidence,
  fail,
  notApplicable,
  pass,
  RULES_FROM,
  type Rule,
  unknown,
  type Verdict,
} from "../rule.ts";

/** A start's posture is not held: DHCP may still be at work. */
const START_GRACE_SECONDS = 30;

export const IP_CHANGE: Rule = {
  code: "WG14-ip-change",
  article: "WG 14",
  version: 1,
  from: RULES_FROM,
  severity: "violation",
  graceSeconds: 0,
  title: { zh: "擅自更改或使用未经批准的 IP 地址", en: "IP address changed or used without consent" },
  remediation: {
    zh: "恢复为台账登记的地址；确需变更的，由窗口提出 IP 变更申请，经信息技术处同意、网络管理员办理后更新台账。",
    en: "Go back to the address in the ledger; if a change is needed, apply for it: after consent the administrator makes it and updates the ledger.",
  },
  appliesTo: isInService,
  check,
  message,
};

function check(facts: Facts, context: Context): Verdict {
  if (facts.addresses === null) return unknown("network-unknown");
  const today = context.hours.dayAt(context.now);
  const nextAt = nextLedgerChange(facts.grants, today, context);
  const granted = facts.grants.filter((grant) => isInForce(grant, today));
  const outside = facts.addresses.filter((held) => !granted.some((grant) => covers(grant, held)));
  if (outside.length === 0) return pass(nextAt);
  const failure = (reason: string, addresses: HeldAddress[], graceSeconds?: number) =>
    fail(reason, evidenceOf(facts, addresses, granted, context, today), {
      observed: observedOf(facts),
      nextAt,
      graceSeconds,
    });
  const grace = facts.held ? 0 : START_GRACE_SECONDS;
  if (facts.everGranted) return failure("outside-ledger", outside, grace);
  const changed = outside.filter((address) => !isDeclared(address, facts.declared));
  if (changed.length > 0) return failure("changed-without-application", changed, grace);
  if (facts.pc.state === "pending") return notApplicable("awaiting-registration", nextAt);
  return failure("not-in-ledger", outside, context.settings.ledgerGraceHours * 3600);
}

function isInForce({ from, to }: GrantFact, day: string): boolean {
  return from <= day && (to === null || day <= to);
}

/** The first midnight at which a line begins or has ended. */
function nextLedgerChange(grants: readonly GrantFact[], today: string, { hours }: Context): number | undefined {
  const days = grants.flatMap(({ from, to }) => (to === null ? [from] : [from, addDays(to, 1)]));
  const [next] = days.filter((day) => day > today).sort();
  return next === undefined ? undefined : hours.at(next, "00:00");
}

/** The very address, or another lease from the same segment. */
function isDeclared(held: HeldAddress, declared: readonly HeldAddress[]): boolean {
  return declared.some(
    (first) =>
      first.address === held.address ||
      (first.origin === "dhcp" && held.origin === "dhcp" && sameSegment(first.address, held.address, first.prefix)),
  );
}

function evidenceOf(
  facts: Facts,
  addresses: readonly HeldAddress[],
  granted: readonly GrantFact[],
  { grantedTo }: Context,
  today: string,
): Evidence {
  const current = new Set(addresses.map(({ address }) => address));
  return {
    addresses,
    previous: facts.previous.map(({ address }) => address).filter((address) => !current.has(address)),
    granted: granted.map(({ block }) => block.text),
    grantedTo: Object.fromEntries(
      addresses
        .map(({ address }) => [address, grantedTo(address, today)] as const)
        .filter(([, others]) => others.length > 0),
    ),
  };
}

function observedOf({ changedAt, heldSeconds, seenAddress, offsetMs, parts }: Facts): Evidence {
  return { changedAt, heldSeconds, seenAddress, offsetMs, collectedAt: parts.network?.collectedAt ?? null };
}

const ORIGINS = {
  dhcp: ["自动获取", "DHCP"],
  manual: ["手工设置", "set by hand"],
  unknown: ["来源不明", "origin unknown"],
} as const;

function message(evidence: Evidence): { zh: string; en: string } {
  const { reason, addresses, previous, granted, grantedTo } = evidence as {
    reason: string;
    addresses: HeldAddress[];
    previous: string[];
    granted: string[];
    grantedTo: Record<string, string[]>;
  };
  const now = (language: 0 | 1) =>
    addresses
      .map(({ address, origin, adapter }) =>
        language === 0
          ? `${address}（${ORIGINS[origin][0]}，网卡 ${adapter}）`
          : `${address} (${ORIGINS[origin][1]}, ${adapter})`,
      )
      .join(language === 0 ? "、" : ", ");
  const owners = Object.entries(grantedTo);
  const zh = [
    previous.length > 0 ? `IP 地址由 ${previous.join("、")} 变为 ${now(0)}` : `正在使用 IP 地址 ${now(0)}`,
    reason === "changed-without-application" ? "未经申请" : "不在 IP 台账内",
    ...(granted.length > 0 ? [`台账登记为 ${granted.join("、")}`] : []),
    ...owners.map(([address, sources]) => `${address} 已登记给 ${sources.join("、")}`),
  ];
  const en = [
    previous.length > 0 ? `address changed from ${previous.join(", ")} to ${now(1)}` : `in use: ${now(1)}`,
    reason === "changed-without-application" ? "without application" : "not in the IP ledger",
    ...(granted.length > 0 ? [`the ledger grants ${granted.join(", ")}`] : []),
    ...owners.map(([address, sources]) => `${address} is granted to ${sources.join(", ")}`),
  ];
  return { zh: `${zh.join("，")}。`, en: `${en.join("; ")}.` };
}
