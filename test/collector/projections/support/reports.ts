/** Reports of an office PC as an agent would send them: all in order unless told otherwise. */
import { createHash } from "node:crypto";
import type { Known, UnknownReason } from "../../../../protocol/messages/fact.ts";
import type { PunchBody } from "../../../../protocol/messages/records/clock-events.ts";
import type { Adapter, AntivirusProduct, Parts, PostureBody } from "../../../../protocol/messages/records/posture.ts";
import { formatInstant } from "../../../../protocol/time.ts";

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** An instant of the site's wall clock: `2026-11-24 17:00` (Asia/Shanghai is UTC+8 all year). */
export function siteTime(text: string): number {
  return Date.parse(`${text.replace(" ", "T")}:00+08:00`);
}

export function known<T>(value: T, at = 0): Known<T> {
  return { value, source: "test", confidence: "os-record", at: formatInstant(at) };
}

export function notKnown(unknown: UnknownReason = "not-recorded", at = 0) {
  return { unknown, at: formatInstant(at) };
}

export interface PcState {
  hostname: string;
  address: string;
  origin: "dhcp" | "manual" | "unknown";
  mac: string;
  kind: Adapter["kind"];
  definitionsAt: number | null;
  lastScanAt: number | null;
  protection: boolean | null;
  products: number;
  os: "linux" | "windows" | "windows-server";
  level: string;
  security: number;
  listsAt: number | null;
}

export function goodPc(now: number, more: Partial<PcState> = {}): PcState {
  return {
    hostname: "pc",
    address: "10.1.2.3",
    origin: "manual",
    mac: "02:00:00:00:00:01",
    kind: "wired",
    definitionsAt: now - DAY_MS,
    lastScanAt: now - HOUR_MS,
    protection: true,
    products: 1,
    os: "windows",
    level: "26100.9999",
    security: 0,
    listsAt: now - HOUR_MS,
    ...more,
  };
}

export function partsOf(pc: PcState, now: number): Parts {
  const family = pc.os === "linux" ? "linux" : "windows";
  const os = { family, id: pc.os, name: pc.os, version: "1", server: pc.os === "windows-server" } as const;
  const adapter: Adapter = {
    id: "eth0",
    name: "eth0",
    mac: pc.mac,
    kind: pc.kind,
    up: true,
    addresses: [{ address: pc.address, prefix: 24, origin: pc.origin }],
    gateways: [],
    dns: [],
  };
  const date = (at: number | null) => (at === null ? notKnown() : known(formatInstant(at)));
  const product: AntivirusProduct = {
    name: "ClamAV",
    version: known("1.4"),
    protection: pc.protection === null ? notKnown() : known(pc.protection),
    definitionsAt: date(pc.definitionsAt),
    definitionsVersion: known("27000"),
    definitionsCurrent: notKnown(),
    lastScanAt: date(pc.lastScanAt),
    notes: [],
  };
  return {
    identity: {
      hostname: known(pc.hostname),
      os: known(os),
      hardware: known({}),
      users: known([]),
      timeZone: known("Asia/Shanghai"),
      agentVersion: "0.1.0",
    },
    network: { adapters: known([adapter]), primary: known(pc.address) },
    antivirus: { products: known(Array.from({ length: pc.products }, () => product)) },
    patch: {
      level: known(pc.level),
      lastInstalledAt: known(formatInstant(now)),
      pending: known({ security: pc.security, total: pc.security, packages: [] }),
      rebootRequired: known(false),
      listsAt: date(pc.listsAt),
    },
    power: {
      bootId: known("boot"),
      bootedAt: known(formatInstant(now)),
      previousStop: notKnown(),
      fastStartup: known(false),
    },
  };
}

/** `told`: parts that the centre was told before travel as their hash. */
export function postureOf(
  pc: PcState,
  now: number,
  reason: PostureBody["reason"] = "change",
  told: readonly string[] = [],
): PostureBody {
  const entries = Object.entries(partsOf(pc, now)).map(([name, content]) => {
    const hash = createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 16);
    const part = { hash, collectedAt: formatInstant(now) };
    return [name, told.includes(name) ? part : { ...part, content }];
  });
  return { reason, ...Object.fromEntries(entries) } as PostureBody;
}

export function punchOf(user: string, now: number, more: Partial<PunchBody> = {}): PunchBody {
  const deviceTime = formatInstant(now + 8 * HOUR_MS).slice(0, 19);
  const nothing = { offsetMs: 0, type: 0, workCode: 0, ordinal: 0, via: "live", raw: "" } as const;
  return {
    clock: "hall-1",
    device: 1,
    user,
    deviceTime,
    readAt: formatInstant(now),
    verification: ["finger"],
    ...nothing,
    ...more,
  };
}
