/** What the commands of many worlds print: each broken world with its seed, one line a group, and a last line that says it all. */
import type { LedgerComparison } from "../../simulators/clock/ledger.ts";

const DIFFERENCES_SHOWN_MAX = 20;

export interface ReportedWorld extends LedgerComparison {
  seed: number;
  ok: boolean;
  seconds: number;
  mishaps: number;
  error?: string;
}

/** Prints a broken world with its differences; of the others, each `every`-th end. */
export function worldPrinter(total: number, every: number): (name: string, world: ReportedWorld) => void {
  let ended = 0;
  return (name, world) => {
    ended++;
    if (!world.ok) printBroken(name, world);
    if (ended % every === 0 || ended === total) {
      console.log(`${new Date().toISOString()} ${ended} of ${total} worlds`);
    }
  };
}

function printBroken(name: string, { seed, seconds, missing, doubled, invented, error }: ReportedWorld): void {
  console.log(`${name} seed ${seed}: BROKEN after ${seconds} s${error === undefined ? "" : `: ${error}`}`);
  for (const [what, keys] of Object.entries({ missing, doubled, invented })) {
    for (const key of keys.slice(0, DIFFERENCES_SHOWN_MAX)) console.log(`  ${what}: ${key}`);
  }
}

/** A table with a row for each group, and the last line. Returns whether every world held. */
export function printSummary(name: string, groups: ReadonlyMap<string, readonly ReportedWorld[]>): boolean {
  console.table(Object.fromEntries([...groups].map(([group, worlds]) => [group, rowOf(worlds)])));
  const { seeds, held, made, found, wrong } = rowOf([...groups.values()].flat());
  const verdict = held === seeds ? "HELD" : "BROKEN";
  console.log(
    `${name}: ${verdict}: ${held} of ${seeds} worlds; ${made} punches made, ${found} found, ${wrong} differences`,
  );
  return held === seeds;
}

function rowOf(worlds: readonly ReportedWorld[]) {
  const sum = (of: (world: ReportedWorld) => number) => worlds.reduce((total, world) => total + of(world), 0);
  return {
    seeds: worlds.length,
    held: sum(({ ok }) => Number(ok)),
    mishaps: sum(({ mishaps }) => mishaps),
    made: sum(({ made }) => made),
    found: sum(({ found }) => found),
    wrong: sum(({ missing, doubled, invented }) => missing.length + doubled.length + invented.length),
    longestSeconds: Math.max(0, ...worlds.map(({ seconds }) => seconds)),
  };
}
