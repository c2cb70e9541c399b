/**
 * Punches at clocks of every family whose cables are pulled, whose power goes, whose time is thrown back and whose lines are noisy:
 * each is in the database once, none is invented. One world for each family and seed, in real time.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LedgerComparison } from "../../simulators/clock/ledger.ts";
import { runModuleWorld } from "./families/module-world.ts";
import { runTerminalWorld } from "./families/terminal-world.ts";
import { run as runHid } from "./hid/hid.ts";
import { runWorld as runSerialWorld } from "./punches.ts";
import { sideBySide } from "./side-by-side.ts";

export type Family = "tcb" | "zk" | "ef01" | "hid";

export interface FamilyScenario {
  families: readonly Family[];
  seeds: readonly number[];
  /** In each world, at least; by default as many as its family makes in about half a minute. */
  punches?: number;
  /** Worlds at the same time. They mostly wait for their lines. */
  parallel?: number;
  onWorld?: (world: FamilyWorld) => void;
}

export interface FamilyWorld extends LedgerComparison {
  family: Family;
  seed: number;
  ok: boolean;
  mishaps: number;
  seconds: number;
  /** Why the world came to no end of its own. */
  error?: string;
}

type Outcome = LedgerComparison & { mishaps: number };
type World = (seed: number, punches: number, folder: string) => Promise<Outcome>;

const WORLDS: Record<Family, World> = {
  tcb: runTcbWorld,
  zk: runTerminalWorld,
  ef01: runModuleWorld,
  hid: runBridgeWorld,
};
/** At a module people wait for the green light, one after the other. */
const PUNCHES_DEFAULT: Record<Family, number> = { tcb: 100, zk: 100, ef01: 15, hid: 40 };
/** Between two pulls of the plug. */
const PUNCHES_PER_UNPLUG = 5;

export const FAMILIES = Object.keys(WORLDS) as Family[];

/** Worlds in the order in which they end. */
export async function run(scenario: FamilyScenario): Promise<FamilyWorld[]> {
  const jobs = scenario.seeds.flatMap((seed) => scenario.families.map((family) => ({ family, seed })));
  return await sideBySide(jobs, scenario.parallel ?? 1, async ({ family, seed }) => {
    const world = await runWorld(family, seed, scenario.punches ?? PUNCHES_DEFAULT[family]);
    scenario.onWorld?.(world);
    return world;
  });
}

async function runWorld(family: Family, seed: number, punches: number): Promise<FamilyWorld> {
  const folder = mkdtempSync(join(tmpdir(), "dianmao-family-"));
  const startAt = performance.now();
  const told = () => ({ family, seed, seconds: Math.round((performance.now() - startAt) / 1_000) });
  try {
    const { made, found, missing, doubled, invented, mishaps } = await WORLDS[family](seed, punches, folder);
    const ok = missing.length + doubled.length + invented.length === 0 && made > 0;
    return { ...told(), ok, made, found, missing, doubled, invented, mishaps };
  } catch (error) {
    const nothing = { made: 0, found: 0, missing: [], doubled: [], invented: [], mishaps: 0 };
    return { ...told(), ok: false, ...nothing, error: String(error) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runTcbWorld(seed: number, punches: number): Promise<Outcome> {
  return await runSerialWorld(seed, { punches });
}

async function runBridgeWorld(seed: number, punches: number): Promise<Outcome> {
  const unplugs = Math.ceil(punches / PUNCHES_PER_UNPLUG);
  const bridge = seed % 4 === 0 ? "ch9325" : "cp2110";
  return { ...(await runHid({ seed, unplugs, bridge })), mishaps: unplugs };
}
