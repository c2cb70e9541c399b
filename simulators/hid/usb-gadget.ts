/**
 * A USB device on the kernel's own loop (dummy_hcd) whose one function is ours to answer, made through configfs and FunctionFS. For a
 * machine that is there for it: root, `/sys/kernel/config` mounted, and nothing of it is taken down again.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { type FileHandle, open, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "../../protocol/errors.ts";
import { encodeDescriptors, encodeNoStrings } from "./function-fs.ts";
import type { HidIdentity } from "./sysfs.ts";

const GADGETS = "/sys/kernel/config/usb_gadget";
const CONTROLLERS = "/sys/class/udc";
/** Never a controller whose plug leads out of the computer. */
const LOOP = /^dummy_udc\./;
const ENGLISH = "0x409";

export interface UsbGadget {
  /** Control requests and events. */
  control: FileHandle;
  /** To the host. */
  in: FileHandle;
  /** From the host. */
  out: FileHandle;
  plug(): Promise<void>;
  unplug(): Promise<void>;
}

/** Throws AppError `no-dummy-hcd`. */
export async function makeUsbGadget(identity: HidIdentity): Promise<UsbGadget> {
  const controller = readdirSync(CONTROLLERS).find((name) => LOOP.test(name));
  if (controller === undefined) throw new AppError("no-dummy-hcd", "there is no dummy_udc: load the module dummy_hcd");
  const name = `dianmao-${process.pid}`;
  const gadget = join(GADGETS, name);
  describeDevice(gadget, identity);
  const usbFunction = join(gadget, "functions", `ffs.${name}`);
  mkdirSync(usbFunction);
  const folder = mkdtempSync(join(tmpdir(), "dianmao-ffs-"));
  execFileSync("mount", ["-t", "functionfs", name, folder]);
  const control = await open(join(folder, "ep0"), "r+");
  await control.write(encodeDescriptors(identity.reportDescriptor.length));
  await control.write(encodeNoStrings());
  symlinkSync(usbFunction, join(gadget, "configs/c.1/function"));
  const bind = (text: string) => writeFile(join(gadget, "UDC"), `${text}\n`);
  return {
    control,
    in: await open(join(folder, "ep1"), "r+"),
    out: await open(join(folder, "ep2"), "r+"),
    plug: () => bind(controller),
    unplug: () => bind(""),
  };
}

function describeDevice(gadget: string, identity: HidIdentity): void {
  const strings = join(gadget, "strings", ENGLISH);
  for (const folder of [strings, join(gadget, "configs/c.1")]) mkdirSync(folder, { recursive: true });
  const attributes = {
    idVendor: hex(identity.vendorId),
    idProduct: hex(identity.productId),
    // As the bridges are.
    max_speed: "full-speed",
    [`strings/${ENGLISH}/manufacturer`]: identity.manufacturer,
    [`strings/${ENGLISH}/product`]: identity.product,
    [`strings/${ENGLISH}/serialnumber`]: identity.serial,
  };
  for (const [attribute, value] of Object.entries(attributes)) writeFileSync(join(gadget, attribute), value);
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
