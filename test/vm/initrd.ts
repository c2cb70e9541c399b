/** A root file system in memory for the virtual machine: busybox, this Node, node-hid, the kernel's HID modules, and the scenario. */
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { KernelDevice } from "../../simulators/hid/kernel-device.ts";
import type { HidScenario } from "../scenarios/hid/hid.ts";

const BUSYBOX_NAMES = ["sh", "mount", "insmod", "cat", "reboot", "ls", "uname", "mkdir", "dmesg", "grep"];
const USB_MODULES = [
  "usb-common",
  "usbcore",
  "usbhid",
  "udc-core",
  "dummy_hcd",
  "configfs",
  "libcomposite",
  "usb_f_fs",
];
/** In the order in which they are loaded. */
const MODULES = { uhid: ["hid", "hid-generic", "uhid"], usb: ["hid", "hid-generic", ...USB_MODULES] };
/** What the kernel says of the USB device: how its driver took it, and how often it came. */
const USB_WITNESS = `dmesg | grep -m 1 "USB HID v"
echo "times that the kernel found it: $(dmesg | grep -c 'Product: .*simulated')"`;
const NODE_HID_BINARY = "HID_hidraw-linux-x64";
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROGRAMS = {
  guest: "test/vm/guest.ts",
  process: "simulators/clock/process.ts",
  "reader-process": "test/scenarios/hid/reader-process.ts",
};

/** In the kernel of the virtual machine. */
export type VmScenario = HidScenario & { inKernel: KernelDevice };

/** @param kernelFolder an unpacked Debian kernel package. Returns the file and the kernel's version. */
export async function makeInitrd(
  kernelFolder: string,
  scenario: VmScenario,
): Promise<{ initrd: string; version: string }> {
  const [version] = readdirSync(join(kernelFolder, "lib/modules"));
  if (version === undefined) throw new Error(`${kernelFolder} holds no kernel`);
  const folder = mkdtempSync(join(tmpdir(), "dianmao-vm-"));
  const root = join(folder, "root");
  for (const name of ["bin", "dev", "proc", "sys", "tmp", "mod", "app/node_modules"]) {
    mkdirSync(join(root, name), { recursive: true });
  }
  cpSync("/bin/busybox", join(root, "bin/busybox"));
  for (const name of BUSYBOX_NAMES) symlinkSync("busybox", join(root, "bin", name));
  addNode(root);
  addModules(root, join(kernelFolder, "lib/modules", version), MODULES[scenario.inKernel]);
  await addPrograms(root);
  writeFileSync(join(root, "init"), initOf(scenario));
  chmodSync(join(root, "init"), 0o755);
  const initrd = join(folder, "initrd.cpio");
  execFileSync("sh", ["-c", `find . | cpio -o -H newc --quiet > ${initrd}`], { cwd: root });
  rmSync(root, { recursive: true });
  return { initrd, version };
}

function addNode(root: string): void {
  cpSync(process.execPath, join(root, "bin/node"), { dereference: true });
  const hid = dirname(createRequire(import.meta.url).resolve("node-hid/package.json"));
  const prebuilds = readdirSync(join(hid, "prebuilds"));
  const others = new Set(prebuilds.filter((name) => name !== NODE_HID_BINARY));
  const isNeeded = (path: string) => !others.has(basename(path)) && !path.startsWith(join(hid, "hidapi"));
  cpSync(hid, join(root, "app/node_modules/node-hid"), { recursive: true, filter: isNeeded });
  cpSync(resolve(hid, "../pkg-prebuilds"), join(root, "app/node_modules/pkg-prebuilds"), { recursive: true });
  const [binary] = readdirSync(join(hid, "prebuilds", NODE_HID_BINARY));
  for (const program of [process.execPath, join(hid, "prebuilds", NODE_HID_BINARY, binary ?? "")]) {
    for (const [library] of execFileSync("ldd", [program], { encoding: "utf8" }).matchAll(/\/\S+\.so\S*/g)) {
      cpSync(library, join(root, library), { dereference: true });
    }
  }
}

/** A module that is built into the kernel is left out. */
function addModules(root: string, modules: string, names: readonly string[]): void {
  const files = readdirSync(modules, { recursive: true, encoding: "utf8" });
  for (const name of names) {
    const file = files.find((path) => basename(path) === `${name}.ko`);
    if (file) cpSync(join(modules, file), join(root, "mod", `${name}.ko`));
  }
}

async function addPrograms(root: string): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: PROGRAMS,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["node-hid", "koffi"],
    outdir: join(root, "app"),
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
    },
    logLevel: "error",
  });
  writeFileSync(join(root, "app/package.json"), '{ "type": "module" }\n');
}

function initOf(scenario: VmScenario): string {
  const isUsb = scenario.inKernel === "usb";
  const inserts = MODULES[scenario.inKernel]
    .map((name) => `[ -e /mod/${name}.ko ] && insmod /mod/${name}.ko`)
    .join("\n");
  return `#!/bin/sh
mount -t devtmpfs dev /dev; mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs tmp /tmp
${inserts}
${isUsb ? "mount -t configfs config /sys/kernel/config" : ""}
echo "kernel $(uname -r), up $(cat /proc/uptime)"
cd /app
UV_THREADPOOL_SIZE=16 node guest.js '${JSON.stringify(scenario)}'
${isUsb ? USB_WITNESS : ""}
echo "end $(cat /proc/uptime)"
reboot -f
`;
}
