/** `dianmao simulate`: hardware and offices that are not there. */
import { Command } from "commander";
import { clockCommand } from "./clock.ts";
import { dayCommand } from "./day.ts";
import { ef01Command } from "./ef01.ts";
import { hallCommand } from "./hall.ts";
import { hidClockCommand } from "./hid-clock.ts";
import { pcsCommand } from "./pcs.ts";
import { zkCommand } from "./zk.ts";

const EXIT_CALLED_WRONGLY = 2;

export function simulateCommand(): Command {
  const simulate = new Command("simulate")
    .description("simulated clocks, office PCs and whole days, each from a seed; everything is marked as simulated")
    .addCommand(clockCommand())
    .addCommand(hidClockCommand())
    .addCommand(zkCommand())
    .addCommand(ef01Command())
    .addCommand(pcsCommand())
    .addCommand(dayCommand())
    .addCommand(hallCommand());
  for (const command of [simulate, ...simulate.commands]) {
    command.exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : EXIT_CALLED_WRONGLY));
  }
  return simulate;
}
