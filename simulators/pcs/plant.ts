/** Makes healthy PCs irregular, one kind at a time, by changing what is true of them. */
import type { Random } from "../../protocol/time.ts";
import type { Irregularity, SimulatedPc } from "./pc.ts";
import { OS_PROFILES } from "./profiles.ts";

const DAY_HOURS = 24;

interface Planter {
  /** How many PCs it takes; 1 if not said. */
  pcs?: number;
  suits?(pc: SimulatedPc): boolean;
  change(pcs: readonly SimulatedPc[], random: Random): void;
}

const PLANTERS: Record<Irregularity, Planter> = {
  "ip-change": each((pc, random) => {
    // Above the range that the office hands out, so that it is nobody's.
    pc.changesTo = pc.address.replace(/\d+$/, String(225 + below(random, 25)));
    pc.addressOrigin = "dhcp";
  }),
  "ip-conflict": {
    pcs: 2,
    change([first, second]) {
      if (!first || !second) return;
      second.address = first.address;
      second.gateway = first.gateway;
    },
  },
  "definitions-old": antivirus((product, random) => {
    product.definitionsAgeHours = (8 + below(random, 60)) * DAY_HOURS;
  }),
  "definitions-ageing": antivirus((product, random) => {
    product.definitionsAgeHours = 4 * DAY_HOURS + below(random, 2 * DAY_HOURS);
  }),
  "no-antivirus": each((pc) => {
    pc.antivirus = null;
  }),
  "protection-off": antivirus((product) => {
    product.protection = false;
  }),
  // Longer than any run of holidays, so that no calendar makes it the working day before.
  "scan-overdue": antivirus((product, random) => {
    product.scanAgeHours = (15 + below(random, 30)) * DAY_HOURS;
  }),
  "server-patches": { suits: ({ role }) => role === "server", ...each(missPatches) },
  // A build and its update decide on Windows; that is what baselines are written for.
  "desktop-baseline": {
    suits: ({ role, os }) => role === "desktop" && os.startsWith("windows"),
    ...each(missPatches),
  },
  "unexpected-shutdown": each((pc) => {
    pc.previousStopClean = false;
  }),
  "clock-drift": each((pc, random) => {
    const seconds = 45 + below(random, 300);
    pc.clockErrorMs = (random() < 0.5 ? -1 : 1) * seconds * 1_000;
  }),
  silent: each(() => {}),
  clone: each(() => {}),
};

/** Plants one irregularity on PCs that are still free; returns those that it took, none when too few suit. */
export function plant(kind: Irregularity, free: readonly SimulatedPc[], random: Random): SimulatedPc[] {
  const { pcs: wanted = 1, suits = () => true, change } = PLANTERS[kind];
  const taken = free.filter(suits).slice(0, wanted);
  if (taken.length < wanted) return [];
  for (const pc of taken) pc.planted = kind;
  change(taken, random);
  return taken;
}

function missPatches(pc: SimulatedPc, random: Random): void {
  pc.pendingSecurity = { count: 3 + below(random, 40), days: 40 + below(random, 90) };
  pc.patchLevel = OS_PROFILES.find(({ os }) => os === pc.os)?.versions[0]?.behind ?? pc.patchLevel;
}

function each(change: (pc: SimulatedPc, random: Random) => void): Planter {
  return {
    change(pcs, random) {
      for (const pc of pcs) change(pc, random);
    },
  };
}

function antivirus(change: (product: NonNullable<SimulatedPc["antivirus"]>, random: Random) => void): Planter {
  return {
    suits: (pc) => pc.antivirus !== null,
    ...each((pc, random) => {
      if (pc.antivirus) change(pc.antivirus, random);
    }),
  };
}

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}
