/** The records that an agent on a simulated PC would send: posture, power and address events. */
import { createHash } from "node:crypto";
import { isIP } from "node:net";
import type { Fact } from "../../protocol/messages/fact.ts";
import type { Parts, PostureBody } from "../../protocol/messages/records/posture.ts";
import type { ContractRecord } from "../../protocol/messages/records.ts";
import { formatInstant } from "../../protocol/time.ts";
import type { SimulatedPc } from "./pc.ts";
import { OS_PROFILES, type OsProfile } from "./profiles.ts";

const SOURCE = "simulator";
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * HOUR_MS;

/** `now` is the PC's own clock, ms since 1970. */
export function postureRecord(pc: SimulatedPc, reason: PostureBody["reason"], now: number): ContractRecord {
  const parts = partsOf(pc, now);
  const travelling = <Content>(content: Content) => ({
    hash: createHash("sha256").update(JSON.stringify(content)).digest("hex").slice(0, 16),
    collectedAt: formatInstant(now),
    content,
  });
  const body: PostureBody = {
    reason,
    identity: travelling(parts.identity),
    network: travelling(parts.network),
    antivirus: travelling(parts.antivirus),
    patch: travelling(parts.patch),
    power: travelling(parts.power),
  };
  return { kind: "posture", at: formatInstant(now), body };
}

/** How this boot began and, when it was so, that the one before ended badly. */
export function bootRecords(pc: SimulatedPc, now: number): ContractRecord[] {
  const bootedAt = formatInstant(now - pc.bootedMinutesAgo * MINUTE_MS);
  const windows = profileOf(pc).family === "windows";
  const source = windows ? "Windows System log" : "wtmp";
  const boot: ContractRecord = {
    kind: "power",
    at: bootedAt,
    body: {
      event: "boot",
      bootId: pc.bootId,
      source,
      evidence: [windows ? "Kernel-General 12" : "reboot system boot"],
    },
  };
  if (pc.previousStopClean) return [boot];
  const evidence = windows ? ["Kernel-Power 41", "EventLog 6008"] : ["no shutdown record before the boot"];
  const stop: ContractRecord = {
    kind: "power",
    at: bootedAt,
    body: { event: "unexpected-shutdown", bootId: pc.bootId, clean: false, source, evidence },
  };
  return [stop, boot];
}

/** A clean shutdown that its user asked for. */
export function shutdownRecord(pc: SimulatedPc, now: number): ContractRecord {
  const windows = profileOf(pc).family === "windows";
  return {
    kind: "power",
    at: formatInstant(now),
    body: {
      event: "shutdown",
      bootId: pc.bootId,
      clean: true,
      requestedBy: pc.custodian,
      source: windows ? "Windows System log" : "wtmp",
      evidence: [windows ? "User32 1074" : "shutdown system down"],
    },
  };
}

/** The address change, once it has held for the usual twelve seconds. */
export function ipChangeRecord(pc: SimulatedPc, to: string, now: number): ContractRecord {
  const at = (address: string, origin: "dhcp" | "manual") => ({ address, prefix: pc.prefix, origin });
  return {
    kind: "ip-change",
    at: formatInstant(now),
    body: {
      adapter: adapterName(pc),
      mac: pc.mac,
      from: [at(pc.address, pc.addressOrigin)],
      to: [at(to, "manual")],
      heldSeconds: 12,
    },
  };
}

function partsOf(pc: SimulatedPc, now: number): Parts {
  const known = <T>(value: T): Fact<T> => ({ value, source: SOURCE, confidence: "os-record", at: formatInstant(now) });
  const unknown = (): Fact<never> => ({ unknown: "not-recorded", source: SOURCE, at: formatInstant(now) });
  const profile = profileOf(pc);
  return {
    identity: {
      hostname: known(pc.hostname),
      os: known({
        family: profile.family,
        id: pc.os,
        name: profile.name,
        version: pc.osVersion,
        server: pc.role === "server",
        ...(profile.family === "windows" && { build: pc.patchLevel.split(".")[0] ?? "" }),
      }),
      hardware: known({ smbiosUuid: pc.fingerprint[0], diskSerial: pc.fingerprint[1], machineId: pc.fingerprint[2] }),
      users: known([pc.custodian]),
      timeZone: known("Asia/Shanghai"),
      agentVersion: "simulated",
    },
    network: { adapters: known([adapterOf(pc)]), primary: known(pc.address) },
    antivirus: { products: known(productsOf(pc, known, unknown, now)) },
    patch: {
      level: known(pc.patchLevel),
      lastInstalledAt: known(formatInstant(now - (pc.pendingSecurity.days + 2) * DAY_MS)),
      pending: known(pendingOf(pc, now)),
      rebootRequired: known(false),
      listsAt: known(formatInstant(now - 6 * HOUR_MS)),
    },
    power: {
      bootId: known(pc.bootId),
      bootedAt: known(formatInstant(now - pc.bootedMinutesAgo * MINUTE_MS)),
      previousStop: known({ clean: pc.previousStopClean }),
      fastStartup: profile.family === "windows" ? known(false) : { ...unknown(), unknown: "not-supported" },
    },
  };
}

type AntivirusProducts = Extract<Parts["antivirus"]["products"], { value: unknown }>["value"];

function productsOf(
  { antivirus }: SimulatedPc,
  known: <T>(value: T) => Fact<T>,
  unknown: () => Fact<never>,
  now: number,
): AntivirusProducts {
  if (!antivirus) return [];
  return [
    {
      name: antivirus.product,
      version: known(antivirus.version),
      protection: known(antivirus.protection),
      definitionsAt: known(formatInstant(now - antivirus.definitionsAgeHours * HOUR_MS)),
      definitionsVersion: known(antivirus.definitionsVersion),
      definitionsCurrent: unknown(),
      lastScanAt: known(formatInstant(now - antivirus.scanAgeHours * HOUR_MS)),
      notes: [],
    },
  ];
}

function pendingOf({ pendingSecurity: { count, days } }: SimulatedPc, now: number) {
  const packages = Array.from({ length: Math.min(count, 5) }, (_, index) => `update-${index + 1}`);
  const pending = { security: count, total: count, packages };
  return count > 0 ? { ...pending, since: formatInstant(now - days * DAY_MS) } : pending;
}

function adapterOf(pc: SimulatedPc) {
  return {
    id: profileOf(pc).family === "windows" ? `{${pc.machine.toUpperCase()}}` : "enp3s0",
    name: adapterName(pc),
    mac: pc.mac,
    kind: "wired" as const,
    up: true,
    addresses: isIP(pc.address) ? [{ address: pc.address, prefix: pc.prefix, origin: pc.addressOrigin }] : [],
    gateways: [pc.gateway],
    dns: [pc.gateway],
  };
}

function adapterName(pc: SimulatedPc): string {
  return profileOf(pc).family === "windows" ? "以太网" : "enp3s0";
}

export function profileOf(pc: SimulatedPc): OsProfile {
  const profile = OS_PROFILES.find(({ os }) => os === pc.os);
  if (!profile) throw new RangeError(`no profile of ${pc.os}`);
  return profile;
}
