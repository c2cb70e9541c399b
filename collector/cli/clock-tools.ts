/** `dianmao clock time | log | watch`: a person's own look at one clock. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import { AppError } from "../../protocol/errors.ts";
import { formatInstant } from "../../protocol/time.ts";
import { configuredClock, withClock } from "../clocks/borrow-clock.ts";
import type { ClockDriver, DevicePunch } from "../clocks/drivers/driver.ts";
import { fullAt } from "../clocks/reader/forecast.ts";
import { nextSecond, OFFSET_AFTER_SET_MS, OFFSET_ALARM_MS, offsetOf } from "../clocks/reader/time-keeping.ts";
import { openWatermarkFiles } from "../clocks/reader/watermark-file.ts";
import { type ClockCliDeps, type CommonFlags, QUIETLY, run, wholeNumber, withCommonFlags } from "./clock-command.ts";
import { EXIT_FOUND_OR_FAILED } from "./command.ts";

export const ZONE_DEFAULT = "Asia/Shanghai";
const SHOWN_RECORDS = 20;
const WATCH_SECONDS = 60;

type Subject = { driver: ClockDriver; zone: string; home: string; isShared: boolean };

/** An action on the clock called `name`, alone on its line. */
function onClock<Flags extends CommonFlags>(
  deps: ClockCliDeps,
  action: (subject: Subject, flags: Flags) => Promise<void>,
): (name: string, flags: Flags) => Promise<void> {
  return (name, flags) =>
    run(deps, async () => {
      const home = deps.home(flags.home);
      const config = await configuredClock(home, name);
      const zone = config.zone ?? ZONE_DEFAULT;
      await withClock(home, config, QUIETLY, (driver, isShared) => action({ driver, zone, home, isShared }, flags));
    });
}

export function timeCommand(deps: ClockCliDeps): Command {
  return withCommonFlags(new Command("time"))
    .description("what a clock shows, and by how much it is wrong / 查看或校准时间")
    .argument("<name>", "as in `clock list`")
    .option("--set", "set it, read it back, and compare", false)
    .addHelpText("after", "\nExit code 1 when it is wrong by 30 s or more, or did not take its time.")
    .action(
      onClock<CommonFlags & { set: boolean }>(deps, async ({ driver, zone }, flags) => {
        const before = await offsetFrom(driver, zone);
        if (flags.set) await setNow(driver, zone);
        const after = flags.set ? await offsetFrom(driver, zone) : undefined;
        const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
        if (flags.json)
          deps.print(JSON.stringify({ offsetMs: before, ...(after === undefined ? {} : { offsetAfterMs: after }) }));
        else {
          deps.print(`快 ${seconds(before)} / ahead by ${seconds(before)}`);
          if (after !== undefined) deps.print(`校准后快 ${seconds(after)} / after setting ahead by ${seconds(after)}`);
        }
        const limitMs = after === undefined ? OFFSET_ALARM_MS : OFFSET_AFTER_SET_MS + 1;
        if (Math.abs(after ?? before) >= limitMs) deps.exitWith(EXIT_FOUND_OR_FAILED);
      }),
    );
}

async function offsetFrom(driver: ClockDriver, zone: string): Promise<number> {
  const offsetMs = offsetOf(await driver.readTime(), zone);
  if (offsetMs === undefined) throw new AppError("clock-bad-answer", "the clock's time cannot be told");
  return offsetMs;
}

async function setNow(driver: ClockDriver, zone: string): Promise<void> {
  const { waitMs, local } = nextSecond(QUIETLY.clock.now(), zone);
  await sleep(waitMs);
  await driver.setTime(local);
}

export function logCommand(deps: ClockCliDeps): Command {
  return withCommonFlags(new Command("log"))
    .description("a clock's own log; nothing is unmarked or deleted / 查看考勤机记录（不清除）")
    .argument("<name>", "as in `clock list`")
    .option("--last <n>", "so many of the newest; 0 for all", wholeNumber, SHOWN_RECORDS)
    .action(
      onClock<CommonFlags & { last: number }>(deps, async ({ driver, home }, { last, json }) => {
        const { serial } = await driver.identify();
        const { records: count } = await driver.counts();
        const { records: room } = await driver.capacity();
        const punches = await readLog(driver, count);
        const shown = last === 0 ? punches : punches.slice(-last);
        const full = await forecast(home, serial, { records: count, room });
        if (json) deps.print(JSON.stringify({ count, capacity: room, fullAt: full ?? null, punches: shown }));
        else {
          for (const { deviceTime, user, type, verification } of shown) {
            deps.print(`${deviceTime}  ${user}  ${type}  ${verification.join("+")}`);
          }
          deps.print(`${count} / ${room} 条记录 / records${full ? `，预计 ${full} 存满 / full at` : ""}`);
        }
      }),
    );
}

export async function readLog(driver: ClockDriver, expected: number): Promise<DevicePunch[]> {
  const punches: DevicePunch[] = [];
  if (expected === 0) return punches;
  for await (const { records } of driver.downloadLog({ from: "oldest", expected })) punches.push(...records);
  if (punches.length < expected) {
    throw new AppError("log-incomplete", `${punches.length} records came, the clock counts ${expected}`);
  }
  return punches;
}

/** From what the reader has seen of the log's growth; undefined while that says nothing. */
async function forecast(home: string, serial: string | undefined, now: { records: number; room: number }) {
  if (serial === undefined) return undefined;
  const store = await openWatermarkFiles(join(home, "readers", "watermarks"), QUIETLY);
  const growth = (await store.load(serial))?.growth ?? [];
  const at = fullAt(growth, { at: QUIETLY.clock.now(), records: now.records }, now.room);
  return at === undefined ? undefined : formatInstant(at);
}

export function watchCommand(deps: ClockCliDeps): Command {
  return withCommonFlags(new Command("watch"))
    .description("punches as they happen; they stay in the clock's log / 实时查看打卡")
    .argument("<name>", "as in `clock list`")
    .option("--seconds <n>", "for so long", wholeNumber, WATCH_SECONDS)
    .action(
      onClock<CommonFlags & { seconds: number }>(deps, async ({ driver, isShared }, { seconds, json }) => {
        if (isShared) throw new AppError("line-shared", "no clock pushes on a shared line / 共用线路上不推送");
        let lost: string | undefined;
        driver.onLost((reason) => {
          lost = reason;
        });
        driver.onPunch((punch) =>
          deps.print(json ? JSON.stringify(punch) : `${punch.deviceTime}  ${punch.user}  ${punch.type}`),
        );
        await driver.identify();
        if (!(await driver.setLivePush(true))) throw new AppError("clock-refused", "this clock pushes nothing");
        const until = QUIETLY.clock.monotonic() + seconds * 1_000;
        while (lost === undefined && QUIETLY.clock.monotonic() < until) await sleep(100);
        if (lost !== undefined) throw new AppError("line-lost", `the clock was lost: ${lost}`);
      }),
    );
}
