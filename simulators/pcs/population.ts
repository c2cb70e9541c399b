/** An office full of PCs from a seed, with planted irregularities. Pure: the same seed gives the same office. */
import { createHash } from "node:crypto";
import { seededRandom } from "../../protocol/seeded-random.ts";
import type { Random } from "../../protocol/time.ts";
import { IRREGULARITIES, type Irregularity, type SimulatedPc } from "./pc.ts";
import { plant } from "./plant.ts";
import { OS_PROFILES, type OsProfile, personName, UNITS } from "./profiles.ts";

/** More PCs than a small office has addresses for. */
export const PCS_MAX = 2_000;
const HOSTS_PER_NETWORK = 200;
const FIRST_HOST = 20;
/** One PC in this many is a server. */
const SERVERS_ONE_IN = 20;
/** One PC in this many has something planted, once every kind has its PC. */
const PLANTED_ONE_IN = 4;

export interface Population {
  seed: number;
  pcs: SimulatedPc[];
}

/** Makes `count` PCs (1 to 2,000). From 26 on each kind of irregularity occurs. */
export function createPopulation(count: number, seed: number): Population {
  const random = seededRandom(seed);
  const pcs = Array.from({ length: Math.min(count, PCS_MAX) }, (_, index) => createPc(index, random));
  let free = shuffle([...pcs], random);
  for (const kind of irregularitiesFor(pcs.length, random)) {
    const taken = plant(kind, free, random);
    free = free.filter((pc) => !taken.includes(pc));
  }
  return { seed, pcs };
}

function irregularitiesFor(count: number, random: Random): Irregularity[] {
  const wanted = Math.floor(count / PLANTED_ONE_IN);
  const extra = Math.max(0, wanted - IRREGULARITIES.length);
  // An ip-conflict takes two PCs, so a small office has room for fewer kinds.
  const basic = IRREGULARITIES.slice(0, Math.floor(count / 2));
  return [...basic, ...Array.from({ length: extra }, () => pick(IRREGULARITIES, random))];
}

function createPc(index: number, random: Random): SimulatedPc {
  const unit = pick(UNITS, random);
  const role = index % SERVERS_ONE_IN === SERVERS_ONE_IN - 1 ? "server" : "desktop";
  const profile = role === "server" ? serverProfile() : weighted(OS_PROFILES, random);
  const release = pick(profile.versions, random);
  const number = index + 1;
  const hardware = [hexId(random), hexId(random), hexId(random)];
  const network = `10.${36 + Math.floor(index / HOSTS_PER_NETWORK)}.${unit.subnet}`;
  return {
    wanted: `sim-pc-${String(number).padStart(4, "0")}`,
    hostname: hostname(unit, profile, number, random),
    unit: unit.name,
    custodian: personName((limit) => Math.floor(random() * limit)),
    role,
    os: profile.os,
    osVersion: release.version,
    patchLevel: release.current,
    fingerprint: hardware,
    machine: createHash("sha256").update(hardware.join()).digest("hex").slice(0, 16),
    mac: macAddress(number),
    address: `${network}.${FIRST_HOST + (index % HOSTS_PER_NETWORK)}`,
    prefix: 24,
    gateway: `${network}.1`,
    addressOrigin: random() < 0.7 ? "manual" : "dhcp",
    antivirus: healthyAntivirus(profile, random),
    pendingSecurity: { count: 0, days: 0 },
    bootId: `${hexId(random)}${hexId(random)}`,
    bootedMinutesAgo: 5 + Math.floor(random() * 120),
    previousStopClean: true,
    clockErrorMs: Math.round((random() - 0.5) * 2_000),
    planted: null,
    changesTo: null,
  };
}

function healthyAntivirus(profile: OsProfile, random: Random): SimulatedPc["antivirus"] {
  return {
    ...pick(profile.antivirus, random),
    protection: true,
    definitionsAgeHours: 1 + Math.floor(random() * 30),
    definitionsVersion: String(27_000 + Math.floor(random() * 900)),
    scanAgeHours: Math.round((0.1 + random()) * 100) / 100,
  };
}

/** Half the PCs carry the inventory label, half what their users call them: both occur in such offices. */
function hostname(unit: (typeof UNITS)[number], profile: OsProfile, number: number, random: Random): string {
  const digits = String(number).padStart(3, "0");
  if (profile.family === "linux" || random() < 0.5) return `${unit.label}-PC-${digits}`;
  return `${unit.name.replace("服务窗口", "窗口")}-${digits}`;
}

function serverProfile(): OsProfile {
  const debian = OS_PROFILES.find(({ os }) => os === "debian");
  if (!debian) throw new RangeError("no server system");
  return debian;
}

/** Locally administered, so that it can be no real adapter's. */
function macAddress(number: number): string {
  const low = number.toString(16).padStart(4, "0");
  return `02:d1:00:00:${low.slice(0, 2)}:${low.slice(2)}`;
}

function hexId(random: Random): string {
  const half = () => Math.floor(random() * 2 ** 32).toString(16);
  return half().padStart(8, "0") + half().padStart(8, "0");
}

function pick<T>(list: readonly T[], random: Random): T {
  return list[Math.floor(random() * list.length)] as T;
}

function weighted(profiles: readonly OsProfile[], random: Random): OsProfile {
  let left = random() * 100;
  for (const profile of profiles) {
    left -= profile.share;
    if (left < 0) return profile;
  }
  return profiles[0] as OsProfile;
}

function shuffle<T>(list: T[], random: Random): T[] {
  for (let last = list.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [list[last], list[other]] = [list[other] as T, list[last] as T];
  }
  return list;
}
