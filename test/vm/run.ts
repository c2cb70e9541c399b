/**
 * `npm run vm -- hid --kernel FOLDER [options]`: the HID scenario on a real kernel under qemu, with uhid in the place of the plug or behind
 * a plug of dummy_hcd. Exit code 1 when a punch was lost, doubled or invented.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeInitrd } from "./initrd.ts";
import { HELP, parseVmOptions } from "./options.ts";

const VM_MS_MAX = 10 * 60_000;

const options = parseVmOptions(process.argv.slice(2));
if (options === undefined) {
  process.stderr.write(HELP);
  process.exit(2);
}
if (options === "help") {
  process.stdout.write(HELP);
  process.exit(0);
}
const { initrd, version } = await makeInitrd(options.kernel, options.scenario);
try {
  process.exitCode = (await boot(options.kernel, version, initrd, options.accel)).includes("HELD") ? 0 : 1;
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
