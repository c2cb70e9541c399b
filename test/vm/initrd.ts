/** A root file system in memory for the virtual machine: busybox, this Node, node-hid, the kernel's HID modules, and the scenario. */
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const BUSYBOX_NAMES = ["sh", "mount", "insmod", "cat", "reboot", "ls", "uname", "mkdir"];
/** In the order in which they are loaded. */
const MODULES = ["hid", "hid-generic", "uhid"];
const NODE_HID_BINARY = "HID_hidraw-linux-x64";
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROGRAMS = {
  guest: "test/vm/guest.ts",
  process: "simulators/clock/process.ts",
  "reader-process": "test/scenarios/hid/reader-process.ts",
};

/** @param kernelFolder an unpacked Debian kernel package. Returns the file and the kernel's version. */
export async function makeInitrd(kernelFolder: string, argument: string): Promise<{ initrd: string; version: string }> {
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
  addModules(root, join(kernelFolder, "lib/modules", version));
  await addPrograms(root);
  writeFileSync(join(root, "init"), initOf(argument));
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

function addModules(root: string, modules: string): void {
  const files = readdirSync(modules, { recursive: true, encoding: "utf8" });
  for (const name of MODULES) {
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

function initOf(argument: string): string {
  const inserts = MODULES.map((name) => `[ -e /mod/${name}.ko ] && insmod /mod/${name}.ko`).join("\n");
  return `#!/bin/sh
mount -t devtmpfs dev /dev; mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t tmpfs tmp /tmp
${inserts}
echo "kernel $(uname -r), up $(cat /proc/uptime)"
cd /app
UV_THREADPOOL_SIZE=16 node guest.js '${argument}'
echo "end $(cat /proc/uptime)"
reboot -f
`;
}
