/** What a test or a person may tell a running simulated clock, one JSON object a line: `{"id":1,"do":"punch","user":7}`. */
import * as z from "zod";
import { MISHAPS } from "../faults/mishaps.ts";
import { refusing, silentOn } from "./behaviour.ts";
import type { LedgerEntry } from "./ledger.ts";
import { formatDial, parseDial } from "./local-time.ts";
import type { LineReport, SimulatedLine } from "./simulated-clock.ts";
import { MODELS } from "./special-behaviours.ts";

/** Longer than any working log that a test downloads. */
const REMEMBER_MAX = 200_000;
const AWAY_MS_MAX = 3_600_000;

const id = z.int().min(0).optional();
const byte = z.int().min(0).max(255);
const device = z.int().min(0).optional();

export const clockCommand = z.discriminatedUnion("do", [
  z.object({
    id,
    do: z.literal("punch"),
    device,
    user: z.int().min(1),
    type: byte.optional(),
    backup: byte.optional(),
    workCode: z.int().min(0).max(0xffffff).optional(),
  }),
  z.object({ id, do: z.literal("unplug") }),
  z.object({ id, do: z.literal("plug") }),
  z.object({ id, do: z.literal("power-off") }),
  /** `timeLost`: the battery was flat, and the clock comes up in the year 2000. */
  z.object({ id, do: z.literal("power-on"), timeLost: z.boolean().optional() }),
  z.object({ id, do: z.literal("befall"), mishap: z.enum(MISHAPS), forMs: z.int().min(0).max(AWAY_MS_MAX) }),
  /** The dial by hand: `2026-11-23T08:59:58`, local time of the clock. */
  z.object({ id, do: z.literal("set-time"), device, time: z.string() }),
  z.object({ id, do: z.literal("time"), device }),
  z.object({ id, do: z.literal("real-time"), device, on: z.boolean() }),
  /** Past records, in the memory since before the reader came. */
  z.object({ id, do: z.literal("remember"), device, count: z.int().min(1).max(REMEMBER_MAX), isNew: z.boolean() }),
  z.object({ id, do: z.literal("refuse"), device, command: byte, ret: byte, times: z.int().min(1).optional() }),
  z.object({ id, do: z.literal("silence"), device, command: byte, times: z.int().min(1).optional() }),
  z.object({ id, do: z.literal("behave"), device, model: z.string() }),
  z.object({ id, do: z.literal("template"), device, hex: z.string().regex(/^([0-9a-f]{2}){1,400}$/) }),
  z.object({ id, do: z.literal("ledger"), device }),
  z.object({ id, do: z.literal("memory"), device }),
  /** Someone punches between a request and its reply, with this chance per request. */
  z.object({ id, do: z.literal("interject"), rate: z.number().min(0).max(1) }),
  /** No more faults and interjections from now on. */
  z.object({ id, do: z.literal("calm") }),
  z.object({ id, do: z.literal("report") }),
  z.object({ id, do: z.literal("stop") }),
]);
export type ClockCommand = z.infer<typeof clockCommand>;

/** What the clock knows about its memory, and which commands it heard. */
export interface MemoryReport {
  records: number;
  newRecords: number;
  heard: Record<number, number>;
}

export type CommandResult =
  | { done: true }
  | { refused: string }
  | LedgerEntry
  | LedgerEntry[]
  | LineReport
  | MemoryReport
  | { time: string };

const DONE = { done: true } as const;

/** Carries one command out. `stop` is the caller's affair. */
export async function obey(line: SimulatedLine, command: ClockCommand): Promise<CommandResult> {
  switch (command.do) {
    case "punch":
      return punch(line, command);
    case "unplug":
      await line.unplug();
      return DONE;
    case "plug":
      await line.plug();
      return DONE;
    case "power-off":
      line.powerDown();
      return DONE;
    case "power-on":
      line.powerUp({ timeLost: command.timeLost ?? false });
      return DONE;
    case "befall":
      await line.befall(command.mishap, command.forMs);
      return DONE;
    case "interject":
      line.interject(command.rate);
      return DONE;
    case "calm":
      await line.calm();
      return DONE;
    case "report":
      return line.report();
    case "stop":
      return DONE;
    default:
      return obeyAtDevice(line, command);
  }
}

function punch(line: SimulatedLine, command: ClockCommand & { do: "punch" }): CommandResult {
  const { user, type, backup, workCode } = command;
  const given = { ...(type !== undefined && { type }), ...(backup !== undefined && { backup }) };
  const result = deviceOf(line, command.device).punch({ user, ...given, ...(workCode !== undefined && { workCode }) });
  return result.made ? result.entry : { refused: result.why };
}

type DeviceCommand = Exclude<
  ClockCommand,
  { do: "punch" | "unplug" | "plug" | "power-off" | "power-on" | "befall" | "interject" | "calm" | "report" | "stop" }
>;

function obeyAtDevice(line: SimulatedLine, command: DeviceCommand): CommandResult {
  const device = deviceOf(line, command.device);
  switch (command.do) {
    case "set-time": {
      const dialMs = parseDial(command.time);
      if (dialMs === undefined) return { refused: "not a time" };
      device.state.dial.set(dialMs);
      return DONE;
    }
    case "time":
      return { time: formatDial(device.state.dial.read()) };
    case "real-time":
      device.setRealTime(command.on);
      return DONE;
    case "remember":
      device.rememberPast(command.count, command.isNew);
      return DONE;
    case "refuse":
      device.define(refusing(command.command, command.ret, command.times));
      return DONE;
    case "silence":
      device.define(silentOn(command.command, command.times));
      return DONE;
    case "behave":
      return behave(device, command.model);
    case "template":
      device.sendTemplate(Buffer.from(command.hex, "hex"));
      return DONE;
    case "ledger":
      return [...device.ledger.entries];
    case "memory":
      return {
        records: device.state.log.count,
        newRecords: device.state.log.newCount,
        heard: Object.fromEntries(device.heard),
      };
  }
}

function behave(device: SimulatedLine["device"], model: string): CommandResult {
  const behaviours = Object.hasOwn(MODELS, model) ? MODELS[model] : undefined;
  if (!behaviours) return { refused: `no model "${model}"; there are ${Object.keys(MODELS).join(", ")}` };
  for (const behaviour of behaviours) device.define(behaviour);
  return DONE;
}

function deviceOf(line: SimulatedLine, number: number | undefined): SimulatedLine["device"] {
  return line.devices.find(({ state }) => state.options.number === number) ?? line.device;
}
