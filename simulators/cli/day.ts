/** `dianmao simulate day`: a working day in minutes, and what a centre should have found by its end. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { openSource } from "../../protocol/uplink/open-source.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { SimulatedLine } from "../clock/simulated-clock.ts";
import { dayLengthMs, playDay } from "../day/play.ts";
import { type DayEvent, formatMinute, writeDay } from "../day/script.ts";
import { type FaultProfile, streamSeed } from "../faults/profile.ts";
import { expectedFindings } from "../pcs/expected.ts";
import { Office } from "../pcs/office.ts";
import { createPopulation, PCS_MAX } from "../pcs/population.ts";
import { addCentreOptions, type CentreFlags, centreOf, homeOf } from "./centre.ts";
import { sayExpected } from "./expected-table.ts";
import { decimal, faultsOption, integer } from "./options.ts";
import { createSpeaker, runAction, type Speaker, STDERR_LOG, untilStopped } from "./run.ts";

const BAUD = 9_600;
const FIRST_USER = 1_001;
const MINUTE_MS = 60_000;

type DayFlags = CentreFlags & { pcs: number; clocks: number; people: number; speed: number; faults: FaultProfile };

export function dayCommand(): Command {
  return addCentreOptions(new Command("day"))
    .description("a working day: the storm at eight, punches, an address changed by hand, five o'clock, shutdowns")
    .option("--pcs <n>", "office PCs", integer(1, PCS_MAX), 40)
    .option("--clocks <n>", "fingerprint clocks", integer(0, 32), 3)
    .option("--people <n>", "people at each clock", integer(1, 3_000), 40)
    .option("--speed <n>", "simulated minutes in a real one", decimal(0.1, 10_000), 60)
    .addOption(faultsOption())
    .addHelpText(
      "after",
      `
Only the pauses are compressed: every record and punch carries the time at which it really happens, so a day at speed 60
is ten minutes of the centre's own time. Exit code 1 when the day was broken off or something in it failed.`,
    )
    .action((flags: DayFlags) => runAction(() => simulateDay(flags)));
}

async function simulateDay(flags: DayFlags): Promise<void> {
  const speaker = createSpeaker(flags.json);
  const home = homeOf(flags);
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const { seed, speed } = flags;
  const stopped = untilStopped();
  const lines = await openClocks(flags, home, speaker);
  const { pcs } = createPopulation(flags.pcs, seed);
  const deps = { openSource, clock: SYSTEM_CLOCK, log: STDERR_LOG };
  const office = new Office(pcs, { home: join(home, "pcs"), centre: centreOf(flags), seed }, deps);
  const events = writeDay({ pcs, clocks: lines.map(({ device }) => [...device.state.users]), seed });
  sayExpected(expectedFindings(pcs), speaker);
  const minutes = Math.round(dayLengthMs(speed) / MINUTE_MS);
  speaker.say({ event: "day", events: events.length, minutes }, `${events.length} events in about ${minutes} minutes`);
  let failures = 0;
  const player = {
    act: (event: DayEvent) => act(event, office, lines, speaker),
    failed: (event: DayEvent, error: unknown) => {
      failures++;
      speaker.say({ event: "failed", what: event, error: String(error) }, `${event.do} failed: ${String(error)}`);
    },
  };
  const whole = await playDay(events, player, { speed, stopped }, SYSTEM_CLOCK);
  sayPunches(lines, speaker);
  await office.stop();
  await Promise.all(lines.map((line) => line.close()));
  if (!whole || failures > 0) process.exitCode = 1;
}

async function openClocks(flags: DayFlags, home: string, { say }: Speaker): Promise<SimulatedLine[]> {
  const lines: SimulatedLine[] = [];
  for (let index = 0; index < flags.clocks; index++) {
    const number = index + 1;
    const path = join(home, `clock-${number}`);
    const users = Array.from({ length: flags.people }, (_, person) => FIRST_USER + index * flags.people + person);
    const serial = `SIM${String(number).padStart(13, "0")}`;
    const options = { path, baud: BAUD, seed: streamSeed(flags.seed, index), faults: flags.faults };
    lines.push(
      await SimulatedLine.open(options, [{ number, serial, users }], { clock: SYSTEM_CLOCK, log: STDERR_LOG }),
    );
    const add = `dianmao clock add --port ${path} --baud ${BAUD} --number ${number}`;
    say({ event: "port", path, baud: BAUD, number, serial }, `clock ${serial}: ${add}`);
  }
  return lines;
}

async function act(event: DayEvent, office: Office, lines: SimulatedLine[], { say }: Speaker): Promise<void> {
  if (event.do === "punch") {
    lines[event.clock]?.device.punch(event);
    return;
  }
  const { what, done } = doAtPc(event, office);
  say(
    { event: event.do, minute: formatMinute(event.minute), pc: event.pc },
    `${formatMinute(event.minute)} ${event.pc} ${what}`,
  );
  await done;
}

function doAtPc(event: Exclude<DayEvent, { do: "punch" }>, office: Office): { what: string; done: Promise<void> } {
  switch (event.do) {
    case "start-pc":
      return { what: "is switched on", done: office.start(event.pc) };
    case "change-address":
      return { what: `takes the address ${event.to} by itself`, done: office.changeAddress(event.pc, event.to) };
    case "clone-pc":
      return { what: "meets its clone", done: office.clone(event.pc) };
    case "cut-pc":
      return { what: "loses its power", done: office.cut(event.pc) };
    case "shut-down":
      return { what: "is shut down", done: office.shutDown(event.pc) };
  }
}

function sayPunches(lines: readonly SimulatedLine[], { say }: Speaker): void {
  for (const { device } of lines) {
    const { entries } = device.ledger;
    const { serial } = device.state.options;
    const out = entries.filter(({ type }) => type === 1).length;
    say(
      { event: "punches", clock: serial, made: entries.length, entries },
      `clock ${serial}: ${entries.length} punches made, ${entries.length - out} in and ${out} out; each should be found once`,
    );
  }
}
