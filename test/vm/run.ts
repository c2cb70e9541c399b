/**
 * `npm run vm -- hid --kernel FOLDER [--unplugs 10] [--seed 1] [--accel tcg]`: the HID scenario on a real kernel under qemu, with uhid in
 * the place of the plug. FOLDER is an unpacked Debian kernel package. Exit code 1 when a punch was lost, doubled or invented.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { makeInitrd } from "./initrd.ts";

const VM_MS_MAX = 10 * 60_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kernel: { type: "string" },
    unplugs: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    accel: { type: "string", default: "tcg" },
  },
});
if (positionals[0] !== "hid" || values.kernel === undefined) {
  process.stderr.write("usage: npm run vm -- hid --kernel FOLDER [--unplugs 10] [--seed 1] [--accel tcg]\n");
  process.exit(2);
}
const argument = JSON.stringify({ seed: Number(values.seed), unplugs: Number(values.unplugs) });
const { initrd, version } = await makeInitrd(values.kernel, argument);
try {
  process.exitCode = (await boot(values.kernel, version, initrd, values.accel)).includes("HELD") ? 0 : 1;
} finally {
  rmSync(dirname(initrd), { recursive: true });
}

/** Resolves with what the machine printed, when it has ended. */
async function boot(kernel: string, version: string, initrd: string, accel: string): Promise<string> {
  const machine = [
    "-accel",
    accel,
    "-cpu",
    "max",
    "-smp",
    "2",
    "-m",
    "1024",
    "-nographic",
    "-no-reboot",
    "-nodefaults",
  ];
  const image = ["-kernel", join(kernel, "boot", `vmlinuz-${version}`), "-initrd", initrd];
  const command = ["-append", "console=ttyS0 quiet panic=-1 rdinit=/init"];
  const vm = spawn("qemu-system-x86_64", [...machine, "-serial", "stdio", ...image, ...command], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  vm.stdout.on("data", (bytes: Buffer) => {
    said += bytes.toString();
    process.stdout.write(bytes);
  });
  const timer = setTimeout(() => vm.kill("SIGKILL"), VM_MS_MAX);
  await once(vm, "exit");
  clearTimeout(timer);
  return said;
}
