/**
 * A simulated clock as a process of its own. Its options are one JSON argument; commands come as JSON lines on standard input,
 * results and events go as JSON lines to standard output. Ends on `stop`, at the end of its input, or on a signal.
 */
import { createInterface } from "node:readline";
import * as z from "zod";
import { isAppError } from "../../protocol/errors.ts";
import { SILENT_LOG } from "../../protocol/log.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { parseFaults } from "../faults/profile.ts";
import { BRIDGES } from "../hid/bridge-models.ts";
import { BridgePort } from "../hid/bridge-port.ts";
import { HidBus } from "../hid/hid-bus.ts";
import { KERNEL_DEVICES, makeKernelDevice } from "../hid/kernel-device.ts";
import { type HidFunction, VirtualHid } from "../hid/virtual-hid.ts";
import { type ClockCommand, clockCommand, obey } from "./commands.ts";
import { SimulatedLine } from "./simulated-clock.ts";
import type { ClockOptions } from "./state.ts";

const clockOptions = z.strictObject({
  number: z.int().min(1).optional(),
  serial: z.string().max(16).optional(),
  firmware: z.string().max(8).optional(),
  model: z.string().max(8).optional(),
  users: z.array(z.int().min(1)).optional(),
  capacity: z.int().min(1).optional(),
  realTime: z.boolean().optional(),
  zoneOffsetMinutes: z.int().optional(),
  driftPpm: z.number().optional(),
  errorMs: z.number().optional(),
});

export const processOptions = z.strictObject({
  path: z.string(),
  baud: z.int().min(300),
  seed: z.int(),
  faults: z.string(),
  clocks: z.array(clockOptions).min(1),
  /** Behind a bridge instead of on a pseudo terminal: on a virtual HID bus in the folder `path`, or in this computer's kernel. */
  bridge: z
    .strictObject({
      name: z.enum(BRIDGES),
      serial: z.string().min(1).max(64),
      inKernel: z.enum(KERNEL_DEVICES).optional(),
    })
    .optional(),
});
export type ProcessOptions = z.infer<typeof processOptions>;

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function main(argument: string | undefined): Promise<void> {
  const { path, baud, seed, faults, clocks, bridge } = processOptions.parse(JSON.parse(argument ?? "null"));
  const bus = bridge && !bridge.inKernel ? await HidBus.open(path) : undefined;
  const makeDevice = (device: HidFunction) =>
    bus ? new VirtualHid(bus, device) : makeKernelDevice(bridge?.inKernel ?? "uhid", device);
  const deps = {
    clock: SYSTEM_CLOCK,
    log: SILENT_LOG,
    ...(bridge ? { openPort: async () => new BridgePort(bridge.name, bridge.serial, makeDevice) } : {}),
  };
  const line = await SimulatedLine.open(
    { path, baud, seed, faults: parseFaults(faults) },
    clocks as Partial<ClockOptions>[],
    deps,
  );
  line.onMishap = (mishap, phase) => say({ event: "mishap", mishap, phase });
  say({ event: "ready", path });
  const input = createInterface({ input: process.stdin });
  const stop = () => input.close();
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  input.on("line", (text) => void execute(line, text, stop));
  await new Promise<void>((resolve) => input.once("close", resolve));
  await line.close();
  bus?.close();
}

async function execute(line: SimulatedLine, text: string, stop: () => void): Promise<void> {
  const command = parseCommand(text);
  if (!command) return say({ error: "bad-command" });
  try {
    say({ id: command.id, ok: true, result: await obey(line, command) });
  } catch (error) {
    say({ id: command.id, ok: false, error: isAppError(error) ? error.code : String(error) });
  }
  if (command.do === "stop") stop();
}

function parseCommand(text: string): ClockCommand | undefined {
  try {
    return clockCommand.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

main(process.argv[2]).then(
  () => process.exit(0),
  (error: unknown) => {
    say({ event: "failed", code: isAppError(error) ? error.code : "failed", message: String(error) });
    process.exit(1);
  },
);
