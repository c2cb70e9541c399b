/** `dianmao simulate hid-clock`: one fingerprint clock behind a USB HID bridge that only chosen processes see. */
import { Command } from "commander";
import { seededRandom } from "../../protocol/seeded-random.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { startCrowd } from "../clock/crowd.ts";
import { SimulatedLine } from "../clock/simulated-clock.ts";
import { type FaultProfile, streamSeed } from "../faults/profile.ts";
import { BRIDGES, type BridgeName } from "../hid/bridge-models.ts";
import { BridgePort } from "../hid/bridge-port.ts";
import { HidBus } from "../hid/hid-bus.ts";
import { VirtualHid } from "../hid/virtual-hid.ts";
import { decimal, faultsOption, integer, oneOf, SEED_MAX } from "./options.ts";
import { createSpeaker, runAction, STDERR_LOG, untilStopped } from "./run.ts";

const CROWD_STREAM = 202;
const FIRST_USER = 1_001;

interface HidClockFlags {
  bridge: string;
  bridgeSerial: string;
  baud: number;
  number: number;
  seed: number;
  faults: FaultProfile;
  users: number;
  records: number;
  punchEvery: number;
  json: boolean;
}

export function hidClockCommand(): Command {
  return new Command("hid-clock")
    .description("one Anviz TC_B fingerprint clock behind a virtual USB HID bridge (needs Debian's umockdev)")
    .option("--bridge <name>", BRIDGES.join(", "), oneOf(BRIDGES), "cp2110")
    .option("--bridge-serial <text>", "serial number of the bridge", "SIM0001")
    .option("--baud <rate>", "rate of the UART behind the bridge", integer(300, 921_600), 9_600)
    .option("--number <n>", "device number of the clock", integer(1, 2 ** 32 - 1), 1)
    .option("--seed <n>", "seed of punches and faults", integer(0, SEED_MAX), 1)
    .addOption(faultsOption())
    .option("--users <n>", "people enrolled on it", integer(1, 3_000), 50)
    .option("--records <n>", "punches already in its memory", integer(0, 200_000), 0)
    .option("--punch-every <s>", "mean seconds between punches, 0 for none", decimal(0, 86_400), 5)
    .option("--json", "one JSON object a line", false)
    .addHelpText(
      "after",
      `
Prints the environment in which a program must be started to see the bridge; any program that uses hidraw will do.
Example: plugs pulled twice a minute
  dianmao simulate hid-clock --faults unplug=2`,
    )
    .action((flags: HidClockFlags) => runAction(() => simulateHidClock(flags)));
}

async function simulateHidClock(flags: HidClockFlags): Promise<void> {
  const { say } = createSpeaker(flags.json);
  const bus = await HidBus.open();
  const line = await openLine(bus, flags);
  const { device, path } = line;
  const env = bus.env();
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  say({ event: "port", path, env, baud: flags.baud, number: flags.number }, `clock number ${flags.number} at ${path}`);
  if (!flags.json) {
    console.log(`add it with: dianmao clock add --port ${path} --baud ${flags.baud} --number ${flags.number}`);
    console.log(`read it with: ${variables.join(" ")} dianmao start`);
  }
  line.onMishap = (mishap, phase) => say({ event: "mishap", mishap, phase }, `${mishap} ${phase}`);
  const random = seededRandom(streamSeed(flags.seed, CROWD_STREAM));
  const crowd = { everyMs: flags.punchEvery * 1_000, onPunch: () => {} };
  const stopCrowd = flags.punchEvery > 0 ? startCrowd(device, crowd, { clock: SYSTEM_CLOCK, random }) : () => {};
  await untilStopped();
  stopCrowd();
  const made = device.ledger.entries.length;
  say({ event: "end", made, ...line.report() }, `${made} punches made`);
  await line.close();
  bus.close();
}

async function openLine(bus: HidBus, flags: HidClockFlags): Promise<SimulatedLine> {
  const users = Array.from({ length: flags.users }, (_, index) => FIRST_USER + index);
  const serial = `SIM${String(flags.number).padStart(13, "0")}`;
  const line = await SimulatedLine.open(
    { path: bus.folder, baud: flags.baud, seed: flags.seed, faults: flags.faults },
    [{ number: flags.number, serial, users }],
    {
      clock: SYSTEM_CLOCK,
      log: STDERR_LOG,
      openPort: async () =>
        new BridgePort(flags.bridge as BridgeName, flags.bridgeSerial, (device) => new VirtualHid(bus, device)),
    },
  );
  if (flags.records > 0) line.device.rememberPast(flags.records, true);
  return line;
}
