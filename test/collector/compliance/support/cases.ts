/** Facts about a registered PC that is in order, and a context of a Tuesday at noon; cases change what they are about. */
import { createCalendar } from "../../../../collector/calendar/calendar.ts";
import { type Span, WorkingHours } from "../../../../collector/calendar/working-hours.ts";
import type { Facts, GrantFact, HeldAddress, PowerEvent } from "../../../../collector/compliance/facts.ts";
import type { Context, Rule, Verdict } from "../../../../collector/compliance/rule.ts";
import { type ComplianceSettings, DEFAULT_COMPLIANCE_SETTINGS } from "../../../../collector/compliance/settings.ts";
import { parseBlock } from "../../../../collector/registry/address.ts";
import { formatInstant } from "../../../../protocol/time.ts";
import { goodPc, type PcState, partsOf, siteTime } from "../../projections/support/reports.ts";

export const NOON = siteTime("2026-11-24 12:00");

export interface Case {
  now?: number;
  pc?: Partial<PcState>;
  facts?: Partial<Facts>;
  presence?: Partial<Facts["presence"]>;
  settings?: Partial<ComplianceSettings>;
  deaf?: Span[];
  context?: Partial<Context>;
}

export function factsFor({ now = NOON, pc = {}, facts = {}, presence = {} }: Case = {}): Facts {
  const parts = partsOf(goodPc(now, pc), now);
  const collectedAt = formatInstant(now);
  const known = Object.fromEntries(Object.entries(parts).map(([name, content]) => [name, { content, collectedAt }]));
  return {
    source: "pc-1",
    hostname: "pc-1",
    revoked: false,
    pc: { state: "approved", role: "desktop", firstSeenAt: 0 },
    presence: {
      state: "online",
      at: siteTime("2026-11-23 08:00"),
      cause: null,
      onlineSince: siteTime("2026-11-23 08:00"),
      heardAt: now,
      ...presence,
    },
    parts: known as Facts["parts"],
    offsetMs: 0,
    addresses: [held("10.1.2.3")],
    seenAddress: "10.1.2.3",
    declared: [held("10.1.2.3")],
    previous: [],
    changedAt: null,
    held: true,
    heldSeconds: null,
    grants: [granted("10.1.2.3")],
    everGranted: true,
    power: [],
    duplicate: null,
    pendingSecuritySince: null,
    ...facts,
  };
}

export function contextFor({ now = NOON, settings = {}, deaf = [], context = {} }: Case = {}): Context {
  const all = { ...DEFAULT_COMPLIANCE_SETTINGS, ...settings };
  const hours = new WorkingHours(createCalendar(), { zone: all.zone, start: all.workStart, end: all.workEnd });
  return { now, hours, settings: all, deaf, holders: () => [], grantedTo: () => [], ...context };
}

export function check(rule: Rule, given: Case = {}): Verdict {
  return rule.check(factsFor(given), contextFor(given));
}

/** `pass`, or the verdict and its reason: `fail: too-old`. */
export function word(verdict: Verdict): string {
  return verdict.verdict === "pass" ? "pass" : `${verdict.verdict}: ${verdict.reason}`;
}

export function held(address: string, more: Partial<HeldAddress> = {}): HeldAddress {
  return { address, prefix: 24, origin: "manual", adapter: "eth0", mac: "02:00:00:00:00:01", ...more };
}

export function granted(address: string, from = "2026-01-01", to: string | null = null): GrantFact {
  const block = parseBlock(address);
  if (!block) throw new Error(`${address} is no block`);
  return { id: 1, block, from, to, reference: "2026-1" };
}

export function powerEvent(event: string, at: number, more: Partial<PowerEvent> = {}): PowerEvent {
  return { event, at, heardAt: at, bootId: "b", clean: false, source: "wtmp", ...more };
}
