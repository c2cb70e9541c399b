/** `dianmao clock enrol`: a finger of one person into the library of one module. */
import { Command } from "commander";
import { AppError } from "../../protocol/errors.ts";
import { withoutReader } from "../clocks/borrow-clock.ts";
import { type ClockConfig, listClocks } from "../clocks/config.ts";
import { lineOf } from "../clocks/line/open-line.ts";
import { type EnrolStep, enrolFinger } from "../clocks/modules/enrol.ts";
import { moduleOf } from "../clocks/modules/open-module.ts";
import { type ClockCliDeps, type CommonFlags, QUIETLY, run, withCommonFlags } from "./clock-command.ts";

const STEP_WORDS: Record<EnrolStep, string> = {
  "lay-on": "lay the finger on / 请按手指",
  lift: "lift it / 请抬起手指",
  "lay-on-again": "lay the same finger on again / 请再按同一手指",
  stored: "stored in the module / 已存入模块",
};

interface EnrolFlags extends CommonFlags {
  name: string;
  user: string;
  dryRun: boolean;
}

export function enrolCommand(deps: ClockCliDeps): Command {
  return withCommonFlags(new Command("enrol"))
    .description("enrol a finger on a fingerprint module; the template stays in it / 在指纹模块上登记手指")
    .requiredOption("--name <module>", "as in `clock list`")
    .requiredOption("--user <id>", "the person's user id on clocks")
    .option("--dry-run", "only say whether it would work, and on which page", false)
    .addHelpText("after", "\nThe reader of this home must not run meanwhile.")
    .action((flags: EnrolFlags) => run(deps, () => enrol(flags, deps)));
}

async function enrol(flags: EnrolFlags, deps: ClockCliDeps): Promise<void> {
  const { name } = flags;
  const home = deps.home(flags.home);
  const config = (await listClocks(home)).find((clock) => clock.name === name && clock.family === "ef01");
  if (!config) throw new AppError("clock-unknown", `no fingerprint module is called ${name}`);
  await withoutReader(home, () => enrolOn(config, home, flags, deps));
}

async function enrolOn(config: ClockConfig, home: string, flags: EnrolFlags, deps: ClockCliDeps): Promise<void> {
  const { name, user, dryRun, json } = flags;
  const { port, baud } = config;
  const driver = moduleOf(config, { ...QUIETLY, line: lineOf({ port, baud }, QUIETLY) });
  await driver.open();
  try {
    const say = (step: EnrolStep) => deps.print(json ? JSON.stringify({ step }) : STEP_WORDS[step]);
    const options = { home, module: name, user, dryRun };
    const { page, stored } = await enrolFinger(options, { driver, clock: QUIETLY.clock, say });
    const done = stored ? "enrolled / 已登记" : "would be enrolled / 可以登记";
    deps.print(json ? JSON.stringify({ user, page, stored }) : `${done}: ${user}, page ${page}`);
  } finally {
    await driver.close();
  }
}
