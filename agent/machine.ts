/** The machine's hardware ids, to which journal, identity and enrolment are bound. */
import { AppError } from "../protocol/errors.ts";
import type { Os } from "./os/os.ts";
import { type HardwareIds, hashHardwareIds, machineHash } from "./probes/identity/hardware-ids.ts";
import { readLinuxHardwareIds } from "./probes/identity/linux.ts";
import { readWindowsHardwareIds } from "./probes/identity/windows.ts";

export interface Machine {
  /** One hash of all ids, 16 hex digits. */
  hash: string;
  fingerprint: string[];
}

/** Rejects with AppError `machine-unread` when a look failed: what it would have told decides whose journal and identity these are. */
export async function readMachine(os: Os): Promise<Machine> {
  const ids = hashHardwareIds(os.family === "windows" ? await readOnWindows(os) : await readLinuxHardwareIds(os));
  return { hash: machineHash(ids, os.hostname()), fingerprint: Object.values(ids).sort() };
}

async function readOnWindows(os: Os): Promise<HardwareIds> {
  const read = await readWindowsHardwareIds(os);
  if (!read.ok) throw new AppError("machine-unread", `the hardware ids cannot be read: ${read.detail}`);
  return read.ids;
}
