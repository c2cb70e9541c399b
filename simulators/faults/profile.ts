/** How bad a line is: named profiles, and single rates for those who want them. */
import { AppError } from "../../protocol/errors.ts";
import { seededRandom } from "../../protocol/seeded-random.ts";
import type { Clock } from "../../protocol/time.ts";
import { BYTE_FAULTS, type ByteFaultName, FAULT_FACTORIES } from "./byte-faults.ts";
import type { Fault } from "./chain.ts";
import { MISHAPS, type Mishap } from "./mishaps.ts";

/** Chances per chunk of each byte fault, and mean numbers per minute of each mishap. */
export interface FaultProfile {
  bytes: Partial<Record<ByteFaultName, number>>;
  perMinute: Partial<Record<Mishap, number>>;
}

export const FAULT_PROFILES: Record<string, FaultProfile> = {
  none: { bytes: {}, perMinute: {} },
  light: { bytes: { noise: 0.005, split: 0.2, glue: 0.1, delay: 0.05 }, perMinute: {} },
  rough: {
    bytes: { noise: 0.03, flip: 0.02, lose: 0.01, split: 0.3, glue: 0.2, delay: 0.1, truncate: 0.01 },
    perMinute: { unplug: 0.5, "power-cut": 0.3 },
  },
  hostile: {
    bytes: { noise: 0.08, flip: 0.05, lose: 0.05, split: 0.5, glue: 0.3, delay: 0.2, truncate: 0.04 },
    perMinute: { unplug: 3, "power-cut": 2, "clock-reset": 0.5 },
  },
};

/** Parses `rough`, or `noise=0.02,unplug=1`, or both: `light,unplug=1`. Throws AppError `bad-faults`. */
export function parseFaults(text: string): FaultProfile {
  const profile: FaultProfile = { bytes: {}, perMinute: {} };
  for (const word of text.split(",").map((part) => part.trim())) addWord(profile, word);
  return profile;
}

function addWord(profile: FaultProfile, word: string): void {
  const named = Object.hasOwn(FAULT_PROFILES, word) ? FAULT_PROFILES[word] : undefined;
  if (named) {
    Object.assign(profile.bytes, named.bytes);
    Object.assign(profile.perMinute, named.perMinute);
    return;
  }
  const [name, value] = word.split("=");
  const number = Number(value);
  if (!value || !Number.isFinite(number) || number < 0) throw badFaults(word);
  if (isOneOf(BYTE_FAULTS, name) && number <= 1) profile.bytes[name] = number;
  else if (isOneOf(MISHAPS, name)) profile.perMinute[name] = number;
  else throw badFaults(word);
}

function badFaults(word: string): AppError {
  const names = [...Object.keys(FAULT_PROFILES), ...BYTE_FAULTS, ...MISHAPS].join(", ");
  return new AppError("bad-faults", `"${word}" is no fault; use a profile or NAME=RATE with one of: ${names}`);
}

function isOneOf<T extends string>(names: readonly T[], name: string | undefined): name is T {
  return (names as readonly (string | undefined)[]).includes(name);
}

/** The middleware of a profile. Each fault draws from its own stream, so that switching one on leaves the others as they were. */
export function byteFaults(
  profile: FaultProfile,
  seed: number,
  deps: { clock: Clock; happened?: (fault: ByteFaultName) => void },
): Fault[] {
  return BYTE_FAULTS.flatMap((name, index) => {
    const rate = profile.bytes[name] ?? 0;
    if (rate === 0) return [];
    return [FAULT_FACTORIES[name](rate, { ...deps, random: seededRandom(streamSeed(seed, index)) })];
  });
}

/** A seed for the n-th independent stream of a world's seed. */
export function streamSeed(seed: number, stream: number): number {
  return (Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(stream + 1, 0xc2b2ae35)) >>> 0;
}
