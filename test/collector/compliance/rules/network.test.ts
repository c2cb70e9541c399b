/** WG 14: addresses in and outside the ledger, changed with and without consent, and shared. */
import { expect, test } from "vitest";
import { heldAddresses } from "../../../../collector/compliance/network.ts";
import { IP_CHANGE } from "../../../../collector/compliance/rules/ip-change.ts";
import { IP_CONFLICT } from "../../../../collector/compliance/rules/ip-conflict.ts";
import type { Adapter } from "../../../../protocol/messages/records/posture.ts";
import { known, notKnown, siteTime } from "../../projections/support/reports.ts";
import { type Case, check, granted, held, word } from "../support/cases.ts";

const PENDING = { state: "pending", role: "desktop", firstSeenAt: 0 } as const;
const DHCP = { origin: "dhcp" } as const;

test.each<[string, Case["facts"], string]>([
  ["granted", {}, "pass"],
  ["granted as IPv6", { addresses: [held("2001:db8::7")], grants: [granted("2001:db8::7")] }, "pass"],
  ["no address at all", { addresses: [] }, "pass"],
  ["not known", { addresses: null }, "unknown: network-unknown"],
  ["another than granted", { addresses: [held("10.1.2.4")] }, "fail: outside-ledger"],
  ["granted and one more", { addresses: [held("10.1.2.3"), held("10.1.2.4")] }, "fail: outside-ledger"],
  ["granted until yesterday", { grants: [granted("10.1.2.3", "2026-01-01", "2026-11-23")] }, "fail: outside-ledger"],
  ["granted until today", { grants: [granted("10.1.2.3", "2026-01-01", "2026-11-24")] }, "pass"],
  ["granted from tomorrow", { grants: [granted("10.1.2.3", "2026-11-25")] }, "fail: outside-ledger"],
  ["granted from today", { grants: [granted("10.1.2.3", "2026-11-24")] }, "pass"],
  ["its only grant was revoked", { grants: [] }, "fail: outside-ledger"],
  ["a lease of the granted segment", { addresses: [held("10.1.2.9", DHCP)], grants: [granted("10.1.2.0/24")] }, "pass"],
  [
    "set by hand inside it",
    { addresses: [held("10.1.2.9")], grants: [granted("10.1.2.0/24")] },
    "fail: outside-ledger",
  ],
  [
    "a lease outside it",
    { addresses: [held("10.1.3.9", DHCP)], grants: [granted("10.1.2.0/24")] },
    "fail: outside-ledger",
  ],
  ["IPv6 of the granted prefix", { addresses: [held("2001:db8::9")], grants: [granted("2001:db8::/64")] }, "pass"],
  ["pending, as it came", { pc: PENDING, grants: [], everGranted: false }, "not-applicable: awaiting-registration"],
  [
    "pending, changed since",
    { pc: PENDING, grants: [], everGranted: false, addresses: [held("10.1.2.4")] },
    "fail: changed-without-application",
  ],
  [
    "pending, another lease of its segment",
    {
      pc: PENDING,
      grants: [],
      everGranted: false,
      addresses: [held("10.1.2.4", DHCP)],
      declared: [held("10.1.2.3", DHCP)],
    },
    "not-applicable: awaiting-registration",
  ],
  [
    "pending, from DHCP to manual",
    { pc: PENDING, grants: [], everGranted: false, addresses: [held("10.1.2.4")], declared: [held("10.1.2.3", DHCP)] },
    "fail: changed-without-application",
  ],
  ["approved, nothing in the ledger yet", { grants: [], everGranted: false }, "fail: not-in-ledger"],
  [
    "approved, nothing in the ledger, changed since",
    { grants: [], everGranted: false, addresses: [held("10.1.2.4")] },
    "fail: changed-without-application",
  ],
])("an address that is %s", (_, facts, expected) => {
  expect(word(check(IP_CHANGE, { ...(facts && { facts }) }))).toBe(expected);
});

test("a change that the agent watched has no grace, what a start shows has one, an empty ledger a day", () => {
  const outside = { addresses: [held("10.1.2.4")] };
  const graceOf = (facts: NonNullable<Case["facts"]>) =>
    (check(IP_CHANGE, { facts }) as { graceSeconds?: number }).graceSeconds;
  expect(graceOf({ ...outside, held: true })).toBe(0);
  expect(graceOf({ ...outside, held: false })).toBe(30);
  expect(graceOf({ grants: [], everGranted: false })).toBe(24 * 3600);
});

test("the verdict is asked again when a line of the ledger begins or has ended", () => {
  const ends = check(IP_CHANGE, { facts: { grants: [granted("10.1.2.3", "2026-01-01", "2026-11-26")] } });
  expect(ends.nextAt).toBe(siteTime("2026-11-27 00:00"));
  const begins = check(IP_CHANGE, { facts: { grants: [granted("10.1.2.3", "2026-11-30")] } });
  expect(begins.nextAt).toBe(siteTime("2026-11-30 00:00"));
});

test("a finding tells old and new address, where it comes from, and whose it is", () => {
  const facts = { addresses: [held("10.1.2.4", DHCP)], previous: [held("10.1.2.3")] };
  const verdict = check(IP_CHANGE, { facts, context: { grantedTo: () => ["pc-7"] } });
  if (verdict.verdict !== "fail") throw new Error("it passes");
  const message = IP_CHANGE.message({ reason: verdict.reason, ...verdict.evidence }, String);
  expect(message).toEqual({
    zh: "IP 地址由 10.1.2.3 变为 10.1.2.4（自动获取，网卡 eth0），不在 IP 台账内，台账登记为 10.1.2.3，10.1.2.4 已登记给 pc-7。",
    en: "address changed from 10.1.2.3 to 10.1.2.4 (DHCP, eth0); not in the IP ledger; the ledger grants 10.1.2.3; 10.1.2.4 is granted to pc-7.",
  });
});

test("an address that another PC online holds is a conflict", () => {
  const holders = (address: string) =>
    address === "10.1.2.3" ? [{ source: "pc-2", hostname: "pc-2", mac: null }] : [];
  const verdict = check(IP_CONFLICT, { context: { holders } });
  expect(verdict).toMatchObject({
    verdict: "fail",
    reason: "address-shared",
    evidence: { conflicts: [{ address: "10.1.2.3", adapter: "eth0", others: [{ source: "pc-2" }] }] },
  });
  expect(word(check(IP_CONFLICT))).toBe("pass");
  expect(word(check(IP_CONFLICT, { presence: { state: "lost" }, context: { holders } }))).toBe("unknown: offline");
  expect(word(check(IP_CONFLICT, { facts: { addresses: null } }))).toBe("unknown: network-unknown");
});

function adapter(more: Partial<Adapter> & { address?: string }): Adapter {
  const { address = "10.1.2.3", ...rest } = more;
  const addresses = [{ address, prefix: 24, origin: "manual" as const }];
  return { id: "eth0", name: "eth0", kind: "wired", up: true, addresses, gateways: [], dns: [], ...rest };
}

test.each<[string, Adapter, string, string[]]>([
  ["a wired adapter", adapter({}), "10.1.2.3", ["10.1.2.3"]],
  ["a Wi-Fi adapter", adapter({ kind: "wifi" }), "10.9.9.9", ["10.1.2.3"]],
  ["an adapter that is down", adapter({ up: false }), "10.9.9.9", []],
  ["a virtual adapter", adapter({ kind: "virtual" }), "10.9.9.9", []],
  ["a virtual adapter with the primary address", adapter({ kind: "virtual" }), "10.1.2.3", ["10.1.2.3"]],
  ["a virtual adapter with a gateway", adapter({ kind: "virtual", gateways: ["10.1.2.1"] }), "10.9.9.9", ["10.1.2.3"]],
  ["loopback", adapter({ address: "127.0.0.1" }), "10.9.9.9", []],
  ["169.254", adapter({ address: "169.254.7.7" }), "10.9.9.9", []],
  ["fe80", adapter({ address: "fe80::1%eth0" }), "10.9.9.9", []],
  ["IPv6 in another spelling", adapter({ address: "2001:DB8:0::7" }), "10.9.9.9", ["2001:db8::7"]],
])("of %s counts what it should", (_, given, primary, expected) => {
  const network = { adapters: known([given]), primary: known(primary) };
  const addresses = heldAddresses(network, { judgeVirtualAdapters: false });
  expect(addresses?.map(({ address }) => address)).toEqual(expected);
});

test("virtual adapters count too where the setting says so; unknown adapters give no answer", () => {
  const network = { adapters: known([adapter({ kind: "virtual" })]), primary: notKnown() };
  expect(heldAddresses(network, { judgeVirtualAdapters: true })).toHaveLength(1);
  expect(heldAddresses({ ...network, adapters: notKnown() }, { judgeVirtualAdapters: true })).toBeNull();
});
