/** The patch part on Linux: by apt where apt manages the system, else by dnf or yum. */
import type { Fact } from "../../../protocol/messages/fact.ts";
import type { Parts } from "../../../protocol/messages/records/posture.ts";
import type { Os } from "../../os/os.ts";
import type { Probe, ProbeContext } from "../probe.ts";
import { cut } from "../text.ts";
import { newerKernelWaits } from "./kernel-reboot.ts";
import { readAptLastInstalled, readAptListsAt, readAptPending } from "./linux-apt.ts";
import { readRpmLastInstalled, readRpmListsAt, readRpmPending } from "./linux-rpm.ts";

export const linuxPatch: Probe<"patch"> = async (context) => {
  const { os, facts } = context;
  return {
    level: facts.known(cut(os.release()), "uname -r", "os-record"),
    ...(await readUpdates(context)),
    rebootRequired: await readRebootRequired(context),
  };
};

type Updates = Pick<Parts["patch"], "lastInstalledAt" | "pending" | "listsAt">;

/** dpkg's database decides: rpm may be installed as a tool on a Debian, and apt on Kylin's rpm systems. */
async function readUpdates(context: ProbeContext): Promise<Updates> {
  const { os, facts } = context;
  const dpkg = await os.stat("/var/lib/dpkg/status");
  if (dpkg.ok && dpkg.sizeBytes > 0) {
    const listsAt = await readAptListsAt(context);
    return {
      listsAt,
      lastInstalledAt: await readAptLastInstalled(context),
      pending: await readAptPending(context, listsAt),
    };
  }
  if ((await os.stat("/var/lib/rpm")).ok || (await os.stat("/usr/lib/sysimage/rpm")).ok) {
    const listsAt = await readRpmListsAt(context);
    return {
      listsAt,
      lastInstalledAt: await readRpmLastInstalled(context),
      pending: await readRpmPending(context, listsAt),
    };
  }
  const none = facts.unknown("not-supported", "neither dpkg nor rpm manages this system");
  return { listsAt: none, lastInstalledAt: none, pending: none };
}

async function readRebootRequired({ os, facts }: ProbeContext): Promise<Fact<boolean>> {
  if ((await os.stat("/run/reboot-required")).ok) return facts.known(true, "/run/reboot-required", "os-record");
  const waits = newerKernelWaits(await os.glob("/boot/vmlinuz-*"), os.release());
  if (waits !== undefined) return facts.known(waits, "/boot/vmlinuz-*", "os-record");
  // The file is written by this hook; where it is installed, its absence means something.
  const hook = "/usr/share/update-notifier/notify-reboot-required";
  if ((await os.stat(hook)).ok) return facts.known(false, "/run/reboot-required", "boolean");
  return facts.unknown("not-recorded", "no reboot marker, and the running kernel is not in /boot");
}

/** What a Linux patch state depends on: while none of these changed, a simulation would say the same. Undefined on Windows. */
export async function patchInputs(os: Os): Promise<string | undefined> {
  if (os.family === "windows") return undefined;
  const stats = await Promise.all(INPUTS.map((path) => os.stat(path)));
  return stats.map((stat) => (stat.ok ? stat.mtimeMs : "-")).join(" ");
}

const INPUTS = [
  "/var/lib/dpkg/status",
  "/var/lib/apt/lists/partial",
  "/var/lib/apt/periodic/update-success-stamp",
  "/var/lib/rpm",
  "/usr/lib/sysimage/rpm",
  "/var/cache/dnf",
  "/run/reboot-required",
];
