/** `dianmao simulate pcs`: an office of PCs that enrol and report over real TLS and MQTT. */
import { join } from "node:path";
import { Command } from "commander";
import { openSource } from "../../protocol/uplink/open-source.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { befall } from "../hall/hall.ts";
import { expectedFindings } from "../pcs/expected.ts";
import { Office } from "../pcs/office.ts";
import type { SimulatedPc } from "../pcs/pc.ts";
import { createPopulation, PCS_MAX } from "../pcs/population.ts";
import { addCentreOptions, type CentreFlags, centreOf, homeOf } from "./centre.ts";
import { sayExpected } from "./expected-table.ts";
import { decimal, integer } from "./options.ts";
import { createSpeaker, runAction, type Speaker, STDERR_LOG, untilStopped } from "./run.ts";

const STATE_EVERY_MS = 5_000;
const SECOND_MS = 1_000;

type PcsFlags = CentreFlags & { count: number; eventsAfter: number; for?: number };

export function pcsCommand(): Command {
  return addCentreOptions(new Command("pcs"))
    .description("office PCs with plausible states and planted irregularities, each a real MQTT connection")
    .option("--count <n>", "how many", integer(1, PCS_MAX), 40)
    .option("--events-after <s>", "when addresses change, PCs vanish and clones appear", decimal(0, 86_400), 15)
    .option("--for <s>", "end by itself after this long (default: at Ctrl+C)", decimal(1, 604_800))
    .addHelpText("after", "\nExit code 1 when a PC was not let in.")
    .action((flags: PcsFlags) => runAction(() => simulatePcs(flags)));
}

async function simulatePcs(flags: PcsFlags): Promise<void> {
  const speaker = createSpeaker(flags.json);
  const stopped = untilStopped(flags.for === undefined ? undefined : flags.for * SECOND_MS);
  const { pcs } = createPopulation(flags.count, flags.seed);
  const options = { home: join(homeOf(flags), "pcs"), centre: centreOf(flags), seed: flags.seed };
  const office = new Office(pcs, options, { openSource, clock: SYSTEM_CLOCK, log: STDERR_LOG });
  sayExpected(expectedFindings(pcs), speaker);
  const starting = office.startAll((pc, error) => tellFailed(pc, error, speaker));
  const ticker = setInterval(() => sayState(office, speaker), STATE_EVERY_MS);
  const cancelEvents = SYSTEM_CLOCK.after(
    flags.eventsAfter * SECOND_MS,
    () => void starting.then(() => happen(pcs, office, speaker)),
  );
  await stopped;
  cancelEvents();
  clearInterval(ticker);
  await starting;
  const { enrolled, pcs: all } = sayState(office, speaker);
  const vanished = pcs.filter(({ planted }) => planted === "silent").length;
  if (enrolled < all - vanished) process.exitCode = 1;
  await office.stop();
}

async function happen(pcs: readonly SimulatedPc[], office: Office, speaker: Speaker): Promise<void> {
  for (const pc of pcs.filter(({ planted }) => planted && ["ip-change", "clone", "silent"].includes(planted))) {
    try {
      await befall(pc, office);
      speaker.say(
        { event: "happened", pc: pc.wanted, what: pc.planted },
        `${pc.wanted} (${pc.hostname}): ${pc.planted}`,
      );
    } catch (error) {
      tellFailed(pc, error, speaker);
    }
  }
}

function tellFailed(pc: SimulatedPc, error: unknown, { say }: Speaker): void {
  say({ event: "failed", pc: pc.wanted, error: String(error) }, `${pc.wanted} failed: ${String(error)}`);
}

function sayState(office: Office, { say }: Speaker) {
  const state = office.state();
  const { pcs, enrolled, waiting, refused, connected, pending } = state;
  const people = `${pcs} PCs: ${enrolled} enrolled, ${waiting} waiting, ${refused} not let in, ${connected} connected`;
  say({ event: "state", ...state }, `${people}; ${pending} records to be committed`);
  return state;
}
