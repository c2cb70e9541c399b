/** `dianmao simulate clock`: one fingerprint clock on a pseudo terminal, with people who punch. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import { seededRandom } from "../../protocol/seeded-random.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { startCrowd } from "../clock/crowd.ts";
import type { PunchResult } from "../clock/device.ts";
import { SimulatedLine } from "../clock/simulated-clock.ts";
import { MODELS } from "../clock/special-behaviours.ts";
import { type FaultProfile, streamSeed } from "../faults/profile.ts";
import { decimal, faultsOption, integer, oneOf, SEED_MAX } from "./options.ts";
import { createSpeaker, runAction, type Speaker, STDERR_LOG, untilStopped } from "./run.ts";

const CROWD_STREAM = 201;
const FIRST_USER = 1_001;

export interface ClockFlags {
  portLink?: string;
  baud: number;
  number: number;
  serial?: string;
  model: string;
  seed: number;
  faults: FaultProfile;
  driftPpm: number;
  errorMs: number;
  users: number;
  records: number;
  capacity: number;
  punchEvery: number;
  live: boolean;
  json: boolean;
}

export function clockCommand(): Command {
  return new Command("clock")
    .description("one Anviz TC_B fingerprint clock on a pseudo terminal, paced at the line's rate")
    .option("--port-link <path>", "where the port appears (default: dianmao-clock-NUMBER in the temporary folder)")
    .option("--baud <rate>", "the line's rate", integer(300, 921_600), 9_600)
    .option("--number <n>", "device number on the line", integer(1, 2 ** 32 - 1), 1)
    .option("--serial <text>", "serial number, at most 16 letters (default: SIM and the number)")
    .option("--model <name>", `behaviour: ${Object.keys(MODELS).join(", ")}`, oneOf(Object.keys(MODELS)), "standard")
    .option("--seed <n>", "seed of punches and faults", integer(0, SEED_MAX), 1)
    .addOption(faultsOption())
    .option("--drift-ppm <n>", "how fast its time runs away (100 = 8.6 s a day)", decimal(-100_000, 100_000), 20)
    .option("--error-ms <n>", "by how much its time is ahead at the start", decimal(-1e12, 1e12), 0)
    .option("--users <n>", "people enrolled on it", integer(1, 3_000), 50)
    .option("--records <n>", "punches already in its memory", integer(0, 200_000), 0)
    .option("--capacity <n>", "records that its memory holds", integer(1, 200_000), 50_000)
    .option("--punch-every <s>", "mean seconds between punches, 0 for none", decimal(0, 86_400), 5)
    .option("--no-live", "do not push punches live; they wait in the log")
    .option("--json", "one JSON object a line", false)
    .addHelpText(
      "after",
      `
Example: a clock on a bad line, read by a collector on the same machine
  dianmao simulate clock --port-link /tmp/clock1 --faults rough --punch-every 2
  dianmao clock add --port /tmp/clock1 --baud 9600 --number 1`,
    )
    .action((flags: ClockFlags) => runAction(() => simulateClock(flags)));
}

async function simulateClock(flags: ClockFlags): Promise<void> {
  const speaker = createSpeaker(flags.json);
  const path = flags.portLink ?? join(tmpdir(), `dianmao-clock-${flags.number}`);
  const line = await openLine(path, flags, speaker);
  const { device } = line;
  const { serial } = device.state.options;
  const { baud, number } = flags;
  speaker.say(
    { event: "port", path, baud, number, serial },
    `clock ${serial}, number ${number}, at ${path}, ${baud} baud`,
  );
  if (!flags.json) console.log(`read it with: dianmao clock add --port ${path} --baud ${baud} --number ${number}`);
  const random = seededRandom(streamSeed(flags.seed, CROWD_STREAM));
  const onPunch = (result: PunchResult, user: number) => tellPunch(result, user, speaker);
  const stopCrowd =
    flags.punchEvery > 0
      ? startCrowd(device, { everyMs: flags.punchEvery * 1_000, onPunch }, { clock: SYSTEM_CLOCK, random })
      : () => {};
  await untilStopped();
  stopCrowd();
  const report = line.report();
  await line.close();
  const made = device.ledger.entries.length;
  const use = `${report.toReaderBytes} bytes sent, ${report.toDeviceBytes} received, line busy ${Math.round(report.busyMs)} ms`;
  speaker.say({ event: "end", made, ...report }, `${made} punches made, ${use}`);
}

async function openLine(path: string, flags: ClockFlags, { say }: Speaker): Promise<SimulatedLine> {
  const users = Array.from({ length: flags.users }, (_, index) => FIRST_USER + index);
  const serial = flags.serial ?? `SIM${String(flags.number).padStart(13, "0")}`;
  const { number, capacity, driftPpm, errorMs, live: realTime } = flags;
  const options = { path, baud: flags.baud, seed: flags.seed, faults: flags.faults };
  const clock = { number, serial, users, capacity, driftPpm, errorMs, realTime };
  const line = await SimulatedLine.open(options, [clock], { clock: SYSTEM_CLOCK, log: STDERR_LOG });
  for (const behaviour of MODELS[flags.model] ?? []) line.device.define(behaviour);
  if (flags.records > 0) line.device.rememberPast(flags.records, true);
  line.onMishap = (mishap, phase) => say({ event: "mishap", mishap, phase }, `${mishap} ${phase}`);
  return line;
}

function tellPunch(result: PunchResult, user: number, { say }: Speaker): void {
  if (result.made) {
    const { deviceTime, type } = result.entry;
    say({ event: "punch", ...result.entry }, `${deviceTime} user ${user} punched, type ${type}`);
  } else say({ event: "refused", user, why: result.why }, `user ${user} could not punch: ${result.why}`);
}
