/** Collects what the network managers of a Linux PC have written down about the origin of addresses. */
import type { Os } from "../../os/os.ts";
import {
  ifcfgOrigin,
  ifupdownOrigin,
  leaseOrigin,
  networkdOrigin,
  nmcliOrigin,
  type OriginSource,
} from "./linux-origin.ts";

const NMCLI_TIMEOUT_MS = 5_000;
const LEASE_FILES_MAX = 16;

/** Sources in order of trust: the managers in charge, then their configuration, then lease files that may be old. */
export async function readOriginSources(os: Os, adapters: readonly string[]): Promise<OriginSource[]> {
  const nmcli = await os.run("nmcli", ["-t", "-f", "GENERAL,IP4,DHCP4", "device", "show"], {
    timeoutMs: NMCLI_TIMEOUT_MS,
  });
  const sources: OriginSource[] = nmcli.ok && nmcli.exitCode === 0 ? [nmcliOrigin(nmcli.stdout)] : [];
  for (const adapter of adapters) sources.push(await readNetworkd(os, adapter));
  for (const path of ["/etc/network/interfaces", ...(await os.glob("/etc/network/interfaces.d/*"))]) {
    const read = await os.readText(path);
    if (read.ok) sources.push(ifupdownOrigin(read.text));
  }
  for (const adapter of adapters) {
    const read = await os.readText(`/etc/sysconfig/network-scripts/ifcfg-${adapter}`);
    if (read.ok) sources.push(ifcfgOrigin(adapter, read.text));
  }
  const leases = [...(await os.glob("/var/lib/dhcp/*.leases")), ...(await os.glob("/var/lib/dhclient/*.lease*"))];
  for (const path of leases.slice(0, LEASE_FILES_MAX)) {
    const read = await os.readText(path);
    if (read.ok) sources.push(leaseOrigin(read.text));
  }
  return sources;
}

async function readNetworkd(os: Os, adapter: string): Promise<OriginSource> {
  const index = await os.readText(`/sys/class/net/${adapter}/ifindex`);
  if (!index.ok) return () => undefined;
  const number = index.text.trim();
  const [link, lease] = await Promise.all([
    os.readText(`/run/systemd/netif/links/${number}`),
    os.readText(`/run/systemd/netif/leases/${number}`),
  ]);
  return networkdOrigin(adapter, link.ok ? link.text : undefined, lease.ok ? lease.text : undefined);
}
