/** `dianmao clock doctor`: is everything there that reading clocks needs, and what to do where it is not. */
import { access, constants } from "node:fs/promises";
import { platform } from "node:process";
import { Command } from "commander";
import { isAppError } from "../../protocol/errors.ts";
import { withClock } from "../clocks/borrow-clock.ts";
import { type ClockConfig, readClocks } from "../clocks/config.ts";
import { type DoctorDeps, examine, type Finding } from "../clocks/doctor/checks.ts";
import { NODE_HID } from "../clocks/line/hid/host.ts";
import { openLineOf } from "../clocks/reader-main.ts";
import { type ClockCliDeps, type CommonFlags, QUIETLY, run, withCommonFlags } from "./clock-command.ts";
import { EXIT_FOUND_OR_FAILED } from "./command.ts";

export function doctorCommand(deps: ClockCliDeps): Command {
  return withCommonFlags(new Command("doctor"))
    .description("check libraries, permissions, ports and clocks / 检查运行库、权限、端口和考勤机")
    .addHelpText("after", "\nExit code 1 when something is not in order.")
    .action((flags: CommonFlags) =>
      run(deps, async () => {
        const home = deps.home(flags.home);
        const findings = await examine(await readClocks(home), worldOf(home));
        deps.print(flags.json ? JSON.stringify(findings) : findings.map(textOf).join("\n"));
        if (findings.some(({ ok }) => !ok)) deps.exitWith(EXIT_FOUND_OR_FAILED);
      }),
    );
}

function worldOf(home: string): DoctorDeps {
  return {
    platform,
    exists: (path) =>
      access(path, constants.F_OK).then(
        () => true,
        () => false,
      ),
    loadsHid: () =>
      NODE_HID.list(0, 0)
        .then(() => true, codeOf)
        .then((result) => result === true),
    tryPort: async (clock) => {
      const line = openLineOf(clock, QUIETLY);
      const code = await line.open().then(() => undefined, codeOf);
      await line.close();
      return code;
    },
    identify: (clock) => identify(home, clock),
  };
}

async function identify(home: string, clock: ClockConfig): Promise<{ answer: string } | { code: string }> {
  try {
    const {
      model = "?",
      serial = "?",
      firmware = "?",
    } = await withClock(home, clock, QUIETLY, (driver) => driver.identify());
    return { answer: `${model} ${serial} (${firmware})` };
  } catch (error) {
    return { code: codeOf(error) };
  }
}

function codeOf(error: unknown): string {
  if (isAppError(error)) return error.code;
  throw error;
}

function textOf({ subject, ok, found, todo }: Finding): string {
  const head = `${ok ? "✓" : "✗"} ${subject}  ${found.zh} / ${found.en}`;
  return todo ? `${head}\n    → ${todo.zh}\n    → ${todo.en}` : head;
}
