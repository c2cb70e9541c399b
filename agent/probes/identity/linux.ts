/** The identity part on Linux. */
import type { Fact } from "../../../protocol/messages/fact.ts";
import type { Parts } from "../../../protocol/messages/records/posture.ts";
import type { Os } from "../../os/os.ts";
import type { Probe, ProbeContext } from "../probe.ts";
import { cut } from "../text.ts";
import { type HardwareIds, hashHardwareIds } from "./hardware-ids.ts";
import { identifyLinux } from "./linux-release.ts";
import { parseSession, parseWho, usersOf } from "./linux-users.ts";

type Identity = Parts["identity"];

export const linuxIdentity: Probe<"identity"> = async (context) => {
  const { os, facts, agentVersion } = context;
  return {
    hostname: facts.known(cut(os.hostname()), "uname", "os-record"),
    os: await readRelease(context),
    hardware: await readHardware(context),
    users: await readUsers(context),
    timeZone: await readTimeZone(context),
    agentVersion,
  };
};

async function readRelease({ os, facts }: ProbeContext): Promise<Identity["os"]> {
  const [osRelease, osVersion, kyinfo, kylinRelease] = await Promise.all(
    ["/etc/os-release", "/etc/os-version", "/etc/.kyinfo", "/etc/kylin-release"].map((path) => textOf(os, path)),
  );
  const release = identifyLinux({ osRelease, osVersion, kyinfo, kylinRelease });
  if (!release) return facts.unknown("not-recorded", "no release file says which system this is", "/etc/os-release");
  const source = { uos: "/etc/os-version", deepin: "/etc/os-version", kylin: "/etc/kylin-release, /etc/.kyinfo" };
  return facts.known(release, source[release.id as keyof typeof source] ?? "/etc/os-release", "os-record");
}

async function readHardware(context: ProbeContext): Promise<Identity["hardware"]> {
  const ids = hashHardwareIds(await readLinuxHardwareIds(context.os));
  if (Object.keys(ids).length === 0) {
    return context.facts.unknown(
      "not-recorded",
      "no usable hardware id",
      "/sys/class/dmi, /sys/block, /etc/machine-id",
    );
  }
  return context.facts.known(ids, "/sys/class/dmi, /sys/block, /etc/machine-id", "os-record");
}

/** The ids as the machine gives them, not yet hashed. The SMBIOS UUID can only be read by root. */
export async function readLinuxHardwareIds(os: Os): Promise<HardwareIds> {
  const uuid = await textOf(os, "/sys/class/dmi/id/product_uuid");
  const machineId = await textOf(os, "/etc/machine-id");
  const serial = await readDiskSerial(os);
  return {
    ...(uuid && { smbiosUuid: uuid.trim() }),
    ...(serial && { diskSerial: serial }),
    ...(machineId && { machineId: machineId.trim() }),
  };
}

/** The first fixed disk by name that tells a serial number: NVMe and SCSI under `device/`, virtio beside it. */
async function readDiskSerial(os: Os): Promise<string | undefined> {
  const patterns = ["/sys/block/nvme*/device/serial", "/sys/block/sd*/device/vpd_pg80", "/sys/block/vd*/serial"];
  for (const path of (await Promise.all(patterns.map((pattern) => os.glob(pattern)))).flat()) {
    // VPD page 80 has four header bytes that are not printable.
    const serial = (await textOf(os, path))?.replace(/[^\x21-\x7e]/g, "");
    if (serial) return serial;
  }
  return undefined;
}

async function readUsers({ os, facts }: ProbeContext): Promise<Identity["users"]> {
  const folder = await os.stat("/run/systemd/sessions");
  if (folder.ok) {
    const paths = await os.glob("/run/systemd/sessions/*");
    const texts = await Promise.all(paths.map((path) => textOf(os, path)));
    const sessions = texts.flatMap((text) => (text === undefined ? [] : [parseSession(text)]));
    return facts.known(usersOf(sessions), "/run/systemd/sessions", "os-record");
  }
  const ran = await os.run("who", []);
  if (!ran.ok) return facts.failed(ran, "who");
  return facts.known(parseWho(ran.stdout), "who", "os-record");
}

async function readTimeZone({ os, facts }: ProbeContext): Promise<Fact<string>> {
  const link = await os.readLink("/etc/localtime");
  const zone = link.ok ? /zoneinfo\/(?:posix\/|right\/)?(.+)$/.exec(link.text)?.[1] : undefined;
  if (zone) return facts.known(cut(zone), "/etc/localtime", "os-record");
  const written = (await textOf(os, "/etc/timezone"))?.trim();
  if (written) return facts.known(cut(written), "/etc/timezone", "os-record");
  return facts.unknown("not-recorded", "neither /etc/localtime nor /etc/timezone names a zone");
}

async function textOf(os: Os, path: string): Promise<string | undefined> {
  const read = await os.readText(path);
  return read.ok ? read.text : undefined;
}
