/** The identity part on Windows. Written from documented formats; not yet run on Windows. */
import type { Fact } from "../../../protocol/messages/fact.ts";
import type { Parts } from "../../../protocol/messages/records/posture.ts";
import type { Os, Outcome } from "../../os/os.ts";
import type { Probe, ProbeContext } from "../probe.ts";
import { cut } from "../text.ts";
import { fullKey, registryValue } from "../windows/reg-query.ts";
import { findRegistryValues, queryRegistry } from "../windows/registry.ts";
import { type HardwareIds, hashHardwareIds } from "./hardware-ids.ts";
import { CURRENT_VERSION, parseWindowsVersion, patchLevel, windowsId } from "./windows-version.ts";

const TIME_ZONE = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\TimeZoneInformation";
const LOGGED_ON = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Authentication\\LogonUI\\SessionData";

export const windowsIdentity: Probe<"identity"> = async (context) => {
  const { os, facts, agentVersion } = context;
  return {
    hostname: facts.known(cut(os.hostname()), "GetComputerName", "os-record"),
    os: await readVersion(context),
    hardware: await readHardware(context),
    users: await readUsers(context),
    timeZone: await readTimeZone(context),
    agentVersion,
  };
};

async function readVersion({ os, facts }: ProbeContext): Promise<Parts["identity"]["os"]> {
  const answer = await queryRegistry(os, CURRENT_VERSION);
  if (!answer.ok) return facts.failed(answer, CURRENT_VERSION);
  const version = parseWindowsVersion(answer.keys.get(fullKey(CURRENT_VERSION)) ?? []);
  if (!version) return facts.unknown("unreadable", "no build number", CURRENT_VERSION);
  const build = patchLevel(version) ?? String(version.build);
  const value = {
    family: "windows" as const,
    id: windowsId(version),
    name: version.name,
    version: version.release ?? String(version.build),
    build,
    server: version.server,
  };
  return facts.known(value, CURRENT_VERSION, "os-record");
}

async function readHardware({ os, facts }: ProbeContext): Promise<Parts["identity"]["hardware"]> {
  const read = await readWindowsHardwareIds(os);
  if (!read.ok) return facts.failed(read, "registry");
  const ids = hashHardwareIds(read.ids);
  if (Object.keys(ids).length === 0) return facts.unknown("not-recorded", "no usable hardware id", "registry");
  return facts.known(ids, "registry: MachineGuid, ComputerHardwareId, Disk\\Enum", "os-record");
}

const HARDWARE_IDS: readonly [id: keyof HardwareIds, key: string, value: string][] = [
  ["smbiosUuid", "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SystemInformation", "ComputerHardwareId"],
  ["diskSerial", "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Disk\\Enum", "0"],
  ["machineId", "HKLM\\SOFTWARE\\Microsoft\\Cryptography", "MachineGuid"],
];

/**
 * The registry keeps what SMBIOS and the disk said at boot, so that no WMI is needed. An id that is not there is left out; a look that
 * failed is a failure, for with one id less this would be another machine.
 */
export async function readWindowsHardwareIds(os: Os): Promise<Outcome<{ ids: HardwareIds }>> {
  const ids: HardwareIds = {};
  for (const [id, key, value] of HARDWARE_IDS) {
    const found = await findRegistryValues(os, key, value);
    if (found.ok && found.values[0]?.data) ids[id] = found.values[0].data;
    else if (!found.ok && found.reason !== "not-recorded" && found.reason !== "access-denied") return found;
  }
  return { ok: true, ids };
}

/** `SessionData\N` has `LoggedOnSAMUser = DOMAIN\name` for each session at the console or by remote desktop. */
async function readUsers({ os, facts }: ProbeContext): Promise<Parts["identity"]["users"]> {
  const answer = await queryRegistry(os, LOGGED_ON, true);
  if (!answer.ok) return facts.failed(answer, LOGGED_ON);
  const names = [...answer.keys.values()].flatMap((values) => registryValue(values, "LoggedOnSAMUser")?.data ?? []);
  return facts.known([...new Set(names.map((name) => cut(name)))].sort().slice(0, 64), LOGGED_ON, "os-record");
}

async function readTimeZone({ os, facts }: ProbeContext): Promise<Fact<string>> {
  const found = await findRegistryValues(os, TIME_ZONE, "TimeZoneKeyName");
  if (!found.ok) return facts.failed(found, TIME_ZONE);
  return facts.known(cut(found.values[0]?.data ?? ""), TIME_ZONE, "os-record");
}
