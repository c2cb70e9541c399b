/** The machine's hardware ids, to which journal, identity and enrolment are bound. */
import type { Os } from "./os/os.ts";
import { hashHardwareIds, machineHash } from "./probes/identity/hardware-ids.ts";
import { readLinuxHardwareIds } from "./probes/identity/linux.ts";
import { readWindowsHardwareIds } from "./probes/identity/windows.ts";

export interface Machine {
  /** One hash of all ids, 16 hex digits. */
  hash: string;
  fingerprint: string[];
}

export async function readMachine(os: Os): Promise<Machine> {
  const raw = os.family === "windows" ? await readWindowsHardwareIds(os) : await readLinuxHardwareIds(os);
  const ids = hashHardwareIds(raw);
  return { hash: machineHash(ids, os.hostname()), fingerprint: Object.values(ids).sort() };
}
