/**
 * Punches at a ZK terminal whose connection is cut, whose power goes and whose time is thrown back, and at a bare module on a noisy
 * line that is unplugged: each is in the database once, none is invented. One world a seed, in real time.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LedgerComparison } from "../../simulators/clock/ledger.ts";
import { runModuleWorld } from "./families/module-world.ts";
import { runTerminalWorld } from "./families/terminal-world.ts";

export interface FamilyScenario {
  families: readonly string[];
  seeds: readonly number[];
  punches: number;
  /** Worlds at the same time. */
  parallel?: number;
  onWorld?: (world: FamilyWorld) => void;
}

export interface FamilyWorld extends LedgerComparison {
  family: string;
  seed: number;
  ok: boolean;
  mishaps: number;
  seconds: number;
}

export type World = (seed: number, punches: number, folder: string) => Promise<LedgerComparison & { mishaps: number }>;

const WORLDS: Record<string, World> = { zk: runTerminalWorld, ef01: runModuleWorld };

export async function run(scenario: FamilyScenario): Promise<FamilyWorld[]> {
  const waiting = scenario.families.flatMap((family) => scenario.seeds.map((seed) => ({ family, seed })));
  const worlds: FamilyWorld[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const world = await runWorld(next.family, next.seed, scenario.punches);
      worlds.push(world);
      scenario.onWorld?.(world);
    }
  };
  await Promise.all(Array.from({ length: scenario.parallel ?? 1 }, work));
  return worlds;
}

async function runWorld(family: string, seed: number, punches: number): Promise<FamilyWorld> {
  const world = WORLDS[family];
  if (!world) throw new Error(`no family ${family}; there are ${Object.keys(WORLDS).join(", ")}`);
  const folder = mkdtempSync(join(tmpdir(), "dianmao-family-"));
  const startAt = performance.now();
  try {
    const found = await world(seed, punches, folder);
    const ok = found.missing.length + found.doubled.length + found.invented.length === 0 && found.made > 0;
    return { family, seed, ok, ...found, seconds: Math.round((performance.now() - startAt) / 1_000) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
