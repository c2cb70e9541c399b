/** The short-lived process that asks systeminformation for the hardware and prints one JSON object. Never loaded by the agent itself. */
import { baseboard, bios, cpu, diskLayout, mem, system } from "systeminformation";
import { type HardwareAnswers, hardwareList } from "./hardware.ts";

// One after the other: on Windows each may start a PowerShell.
const answers: HardwareAnswers = {
  system: await system(),
  bios: await bios(),
  baseboard: await baseboard(),
  cpu: await cpu(),
  mem: await mem(),
  disks: await diskLayout(),
};
process.stdout.write(JSON.stringify(hardwareList(answers)));
