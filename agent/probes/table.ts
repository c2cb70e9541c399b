/** The table of parts: which probe collects each, on which system, how long it may take, how often it is worth asking. */

import type { PartName } from "../../protocol/messages/records/posture.ts";
import type { Os } from "../os/os.ts";
import { linuxAntivirus } from "./antivirus/linux.ts";
import { windowsAntivirus } from "./antivirus/windows.ts";
import { linuxIdentity } from "./identity/linux.ts";
import { windowsIdentity } from "./identity/windows.ts";
import { linuxNetwork } from "./network/linux.ts";
import { windowsNetwork } from "./network/windows.ts";
import { linuxPatch, patchInputs } from "./patch/linux.ts";
import { windowsPatch } from "./patch/windows.ts";
import { linuxPower } from "./power/linux.ts";
import { windowsPower } from "./power/windows.ts";
import type { Probe } from "./probe.ts";

export interface PartRow<Name extends PartName> {
  linux: Probe<Name>;
  windows: Probe<Name>;
  timeoutMs: number;
  /** Between two looks for a change; absent: asked when an event says so, and daily. */
  everyMs?: number;
  /** For a costly look: a text that stays the same while the look would find the same. */
  inputs?: (os: Os) => Promise<string | undefined>;
}

const MINUTE_MS = 60_000;

export const PART_TABLE: { [Name in PartName]: PartRow<Name> } = {
  identity: { linux: linuxIdentity, windows: windowsIdentity, timeoutMs: 20_000, everyMs: 10 * MINUTE_MS },
  network: { linux: linuxNetwork, windows: windowsNetwork, timeoutMs: 20_000 },
  antivirus: { linux: linuxAntivirus, windows: windowsAntivirus, timeoutMs: 40_000, everyMs: 10 * MINUTE_MS },
  patch: { linux: linuxPatch, windows: windowsPatch, timeoutMs: 150_000, everyMs: 60 * MINUTE_MS, inputs: patchInputs },
  power: { linux: linuxPower, windows: windowsPower, timeoutMs: 90_000 },
};
