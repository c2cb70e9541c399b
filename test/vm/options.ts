/** What can be asked of `npm run vm`. */
import { parseArgs } from "node:util";
import { BRIDGES } from "../../simulators/hid/bridge-models.ts";
import { KERNEL_DEVICES } from "../../simulators/hid/kernel-device.ts";
import { PLUGGED_MS_MAX } from "../scenarios/hid/hid.ts";
import type { VmScenario } from "./initrd.ts";

export const HELP = `usage: npm run vm -- hid --kernel FOLDER [options]
  --kernel FOLDER    an unpacked Debian kernel package
  --through uhid     uhid: the kernel's HID core without USB
            usb      its usbhid, over a USB device on dummy_hcd
  --bridge cp2110    or ch9325
  --unplugs 10       times that the plug is pulled
  --plugged-ms ${PLUGGED_MS_MAX}  the longest time between two pulls; after many failures the reader takes up to 15 s to try again
  --seed 1           of the moments and of the people
  --accel tcg        qemu's accelerator: kvm where there is one
Exit code 0: each punch arrived once; 1: not so; 2: called wrongly.
`;

export interface VmOptions {
  kernel: string;
  accel: string;
  scenario: VmScenario;
}

/** Undefined: called wrongly. */
export function parseVmOptions(args: string[]): VmOptions | "help" | undefined {
  try {
    const { values, positionals } = parseWords(args);
    const { help, kernel, accel, through, bridge, ...numbers } = values;
    if (help) return "help";
    const inKernel = KERNEL_DEVICES.find((way) => way === through);
    const bridgeName = BRIDGES.find((name) => name === bridge);
    if (positionals.join() !== "hid" || kernel === undefined || !inKernel || !bridgeName) return undefined;
    const [unplugs, pluggedMsMax, seed] = [numbers.unplugs, numbers["plugged-ms"], numbers.seed].map(parseWhole);
    if (unplugs === undefined || pluggedMsMax === undefined || seed === undefined) return undefined;
    return { kernel, accel, scenario: { seed, unplugs, pluggedMsMax, bridge: bridgeName, inKernel } };
  } catch {
    // An option that there is none of.
    return undefined;
  }
}

function parseWords(args: string[]) {
  return parseArgs({
    args,
    allowPositionals: true,
    options: {
      help: { type: "boolean", default: false },
      kernel: { type: "string" },
      through: { type: "string", default: "uhid" },
      bridge: { type: "string", default: "cp2110" },
      unplugs: { type: "string", default: "10" },
      "plugged-ms": { type: "string", default: String(PLUGGED_MS_MAX) },
      seed: { type: "string", default: "1" },
      accel: { type: "string", default: "tcg" },
    },
  });
}

function parseWhole(text: string): number | undefined {
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
