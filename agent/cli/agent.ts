/** `dianmao agent`: run, collect, enrol. What a command needs is loaded when it runs. */
import { Command } from "commander";
import { collectCommand } from "./collect.ts";
import { enrolCommand } from "./enrol.ts";
import { centreOptions, clamavOption, homeOption, runAction } from "./options.ts";
import type { RunFlags } from "./run.ts";

export function agentCommand(): Command {
  return new Command("agent")
    .description("watch this PC and report its state to the centre")
    .addHelpText("after", "\nOptions of the default command: dianmao agent run --help")
    .addCommand(runCommand(), { isDefault: true })
    .addCommand(collectCommand())
    .addCommand(enrolCommand());
}

function runCommand(): Command {
  const command = new Command("run")
    .description("report until stopped (the default)")
    .addOption(homeOption())
    .addOption(clamavOption())
    .option("--verbose", "log what happens in detail");
  for (const option of centreOptions()) command.addOption(option);
  return command.action((flags: RunFlags) =>
    runAction(async () => {
      const { run } = await import("./run.ts");
      await run(flags);
    }),
  );
}
