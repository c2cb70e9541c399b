/** `npm run scenario -- NAME [options]`: the long form of what `npm test` runs small. Exit code 1 when a promise did not hold. */
import { parseArgs } from "node:util";
import { orUsage } from "../support/usage.ts";
import type { BrokerKind } from "./kills/brokers.ts";
import { printSummary, worldPrinter } from "./report-worlds.ts";

const FAILURES_SHOWN_MAX = 20;

type Scenario = (args: string[]) => Promise<boolean>;

const SCENARIOS: Record<string, Scenario> = { families, fuzz, hid, kills, punches, rs485, staff };

const USAGE = `usage: npm run scenario -- ${Object.keys(SCENARIOS).join(" | ")} [options]; the options stand above each in test/scenarios/run.ts`;

const [name, ...args] = process.argv.slice(2);
const scenario = name === undefined ? undefined : SCENARIOS[name];
if (scenario === undefined) {
  console.error(USAGE);
  process.exit(2);
}
console.log(`${name}: ${new Date().toISOString()}, Node ${process.version}`);
process.exit((await orUsage(USAGE, () => scenario(args))) ? 0 : 1);

/** [--kills 50] [--records 20000] [--sources 4] [--seed 1] [--brokers embedded,mosquitto,nats] */
async function kills(options: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: options,
    options: {
      kills: { type: "string", default: "50" },
      records: { type: "string", default: "20000" },
      sources: { type: "string", default: "4" },
      seed: { type: "string", default: "1" },
      brokers: { type: "string", default: "embedded,mosquitto,nats" },
    },
  });
  const { run } = await import("./kills/kills.ts");
  let isHeld = true;
  for (const broker of values.brokers.split(",") as BrokerKind[]) {
    const outcome = await run({
      broker,
      kills: Number(values.kills),
      records: Number(values.records),
      sources: Number(values.sources),
      seed: Number(values.seed),
    });
    const { killed, ...figures } = outcome;
    console.table([
      {
        ...figures,
        killed: Object.entries(killed)
          .map((pair) => pair.join(" "))
          .join(", "),
      },
    ]);
    isHeld &&= outcome.stored === outcome.records && outcome.doubled === 0 && outcome.missing === 0;
  }
  return isHeld;
}

/** [--seeds 20] [--first 1] [--punches 2000] [--parallel 5]: a world for each seed, each with a real centre and so many pushes. */
async function punches(options: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: options,
    options: {
      seeds: { type: "string", default: "20" },
      first: { type: "string", default: "1" },
      punches: { type: "string", default: "2000" },
      parallel: { type: "string", default: "5" },
    },
  });
  const { run } = await import("./punches.ts");
  const { openCollectorDatabase } = await import("./collector-database.ts");
  const print = worldPrinter(Number(values.seeds), 1);
  const worlds = await run({
    seeds: seedsFrom(values.first, values.seeds),
    punches: Number(values.punches),
    parallel: Number(values.parallel),
    openDatabase: openCollectorDatabase,
    onWorld: (world) => print("tcb", world),
  });
  return printSummary("punches", new Map([["tcb", worlds]]));
}

/** [--people 500] [--seed 1]: a year of staff against the simulator's own ledger. */
async function staff(options: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: options,
    options: { people: { type: "string", default: "500" }, seed: { type: "string", default: "1" } },
  });
  const { run } = await import("./staff/staff.ts");
  const { differences, ...figures } = await run({ people: Number(values.people), seed: Number(values.seed) });
  console.table([{ ...figures, differences: differences.length }]);
  for (const difference of differences.slice(0, FAILURES_SHOWN_MAX)) console.log(difference);
  return differences.length === 0;
}

/** [--unplugs 50] [--seed 1] [--bridge cp2110]: a plug pulled again and again; needs Debian's umockdev. */
async function hid(options: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: options,
    options: {
      unplugs: { type: "string", default: "50" },
      seed: { type: "string", default: "1" },
      bridge: { type: "string", default: "cp2110" },
    },
  });
  const { run } = await import("./hid/hid.ts");
  const bridge = values.bridge === "ch9325" ? "ch9325" : "cp2110";
  const { missing, doubled, invented, ...figures } = await run({
    seed: Number(values.seed),
    unplugs: Number(values.unplugs),
    bridge,
  });
  console.table([{ ...figures, missing: missing.length, doubled: doubled.length, invented: invented.length }]);
  return missing.length === 0 && doubled.length === 0 && invented.length === 0;
}

/** [--seeds 3] [--clocks 8] [--dead 2] [--punches 600] [--minutes 10]: one RS485 line at 9600 baud, in virtual time. */
async function rs485(options: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: options,
    options: {
      seeds: { type: "string", default: "3" },
      clocks: { type: "string", default: "8" },
      dead: { type: "string", default: "2" },
      punches: { type: "string", default: "600" },
      minutes: { type: "string", default: "10" },
    },
  });
  const { run } = await import("./rs485/rs485.ts");
  const [clocks, dead, punches, minutes] = [values.clocks, values.dead, values.punches, values.minutes].map(Number);
  if (!clocks || dead === undefined || !punches || !minutes) throw new RangeError("numbers are needed");
  let isHeld = true;
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    const { missing, doubled, invented, ...figures } = await run({ seed, clocks, dead, punches, minutes });
    const wrong = missing.length + doubled.length + invented.length;
    console.table([{ seed, ...figures, wrong }]);
    isHeld &&= wrong === 0 && figures.worstRounds <= 3;
  }
  return isHeld;
}

/** [--inputs 1000000] [--seed 1]: bytes of EF01 and ZK that nobody sent so. */
async function fuzz(options: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: options,
    options: { inputs: { type: "string", default: "1000000" }, seed: { type: "string", default: "1" } },
  });
  const { run } = await import("./fuzz.ts");
  const startAt = performance.now();
  const { failures, ...figures } = await run({ inputs: Number(values.inputs), seed: Number(values.seed) });
  console.table([
    { ...figures, failures: failures.length, seconds: Math.round((performance.now() - startAt) / 1_000) },
  ]);
  for (const failure of failures.slice(0, FAILURES_SHOWN_MAX)) console.log(failure);
  return failures.length === 0;
}

/** [--seeds 200] [--first 1] [--families tcb,zk,ef01,hid] [--parallel 24] [--punches N]; hid needs Debian's umockdev. */
async function families(options: string[]): Promise<boolean> {
  const { run, FAMILIES } = await import("./families.ts");
  const { values } = parseArgs({
    args: options,
    options: {
      seeds: { type: "string", default: "200" },
      first: { type: "string", default: "1" },
      families: { type: "string", default: FAMILIES.join(",") },
      parallel: { type: "string", default: "24" },
      punches: { type: "string" },
    },
  });
  const asked = values.families.split(",");
  const chosen = FAMILIES.filter((family) => asked.includes(family));
  if (chosen.length !== asked.length) throw new RangeError(`the families are ${FAMILIES.join(", ")}`);
  const print = worldPrinter(chosen.length * Number(values.seeds), 20);
  const worlds = await run({
    families: chosen,
    seeds: seedsFrom(values.first, values.seeds),
    ...(values.punches === undefined ? {} : { punches: Number(values.punches) }),
    parallel: Number(values.parallel),
    onWorld: (world) => print(world.family, world),
  });
  return printSummary(
    "families",
    new Map(chosen.map((name) => [name, worlds.filter(({ family }) => family === name)])),
  );
}

function seedsFrom(first: string, count: string): number[] {
  return Array.from({ length: Number(count) }, (_, index) => Number(first) + index);
}
