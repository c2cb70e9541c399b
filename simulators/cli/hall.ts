/** `dianmao simulate hall`: clocks and PCs together, as `npm start -- --simulate` uses them. */
import { Command } from "commander";
import type { FaultProfile } from "../faults/profile.ts";
import { startHall } from "../hall/hall.ts";
import { PCS_MAX } from "../pcs/population.ts";
import { addCentreOptions, type CentreFlags, centreOf, homeOf } from "./centre.ts";
import { sayExpected } from "./expected-table.ts";
import { faultsOption, integer } from "./options.ts";
import { createSpeaker, runAction, STDERR_LOG, untilStopped } from "./run.ts";

type HallFlags = CentreFlags & { clocks: number; pcs: number; faults: FaultProfile };

export function hallCommand(): Command {
  return addCentreOptions(new Command("hall"))
    .description("a hall of clocks with people in front of them and an office of PCs, at work from the start")
    .option("--clocks <n>", "fingerprint clocks", integer(0, 32), 3)
    .option("--pcs <n>", "office PCs", integer(0, PCS_MAX), 40)
    .addOption(faultsOption())
    .action((flags: HallFlags) => runAction(() => simulateHall(flags)));
}

async function simulateHall(flags: HallFlags): Promise<void> {
  const speaker = createSpeaker(flags.json);
  const { clocks, pcs, seed, faults } = flags;
  const stopped = untilStopped();
  const hall = await startHall(
    { clocks, pcs, seed, faults, centre: centreOf(flags), home: homeOf(flags) },
    { log: STDERR_LOG, tell: speaker.say },
  );
  for (const port of hall.ports) {
    const { path, baud, number, serial } = port;
    speaker.say(
      { event: "port", ...port },
      `clock ${serial}: dianmao clock add --port ${path} --baud ${baud} --number ${number}`,
    );
  }
  sayExpected(hall.expected, speaker);
  await stopped;
  await hall.stop();
  const made = hall.punches().length;
  speaker.say({ event: "end", made }, `${made} punches made`);
}
