/** A simulated office PC: who it is, in which state, and what is planted on it. Plain data. */

export const PC_OS = ["windows-11", "windows-10", "kylin", "uos", "debian"] as const;
export type PcOs = (typeof PC_OS)[number];

/** What may be wrong with a PC, by what a rule should call it. */
export const IRREGULARITIES = [
  "ip-change",
  "ip-conflict",
  "definitions-old",
  "definitions-ageing",
  "no-antivirus",
  "protection-off",
  "scan-overdue",
  "server-patches",
  "desktop-baseline",
  "unexpected-shutdown",
  "clock-drift",
  "silent",
  "clone",
] as const;
export type Irregularity = (typeof IRREGULARITIES)[number];

export interface SimulatedPc {
  /** The source name that it asks for: `sim-pc-0001`. */
  wanted: string;
  hostname: string;
  unit: string;
  custodian: string;
  role: "desktop" | "server";
  os: PcOs;
  osVersion: string;
  /** Build and update on Windows, kernel release on Linux. */
  patchLevel: string;
  /** Hardware ids, each as 16 hex digits, and their common hash. */
  fingerprint: string[];
  machine: string;
  mac: string;
  address: string;
  prefix: number;
  gateway: string;
  addressOrigin: "dhcp" | "manual";
  antivirus: SimulatedAntivirus | null;
  /** Security updates that wait, and for how many days the oldest has. */
  pendingSecurity: { count: number; days: number };
  bootId: string;
  bootedMinutesAgo: number;
  previousStopClean: boolean;
  /** By how much its clock is ahead of the true time. */
  clockErrorMs: number;
  planted: Irregularity | null;
  /** Where an unauthorised change takes its address. */
  changesTo: string | null;
}

export interface SimulatedAntivirus {
  product: string;
  version: string;
  protection: boolean;
  definitionsAgeHours: number;
  definitionsVersion: string;
  scanAgeHours: number;
}
