/** The network part on Windows: `os.networkInterfaces()` for addresses, two registry queries for the rest. Not yet run on Windows. */
import type { Adapter } from "../../../protocol/messages/records/posture.ts";
import type { HostAddress } from "../../os/os.ts";
import type { Probe } from "../probe.ts";
import { cut } from "../text.ts";
import { queryRegistry } from "../windows/registry.ts";
import { isReportable, sortAddresses } from "./address.ts";
import { readPrimary } from "./primary.ts";
import { NETWORK_CLASS, parseAdapters, type RegistryAdapter, TCPIP_INTERFACES } from "./windows-registry.ts";

const ADAPTERS_MAX = 64;

export const windowsNetwork: Probe<"network"> = async (context) => {
  const { os, facts } = context;
  const network = await queryRegistry(os, NETWORK_CLASS, true);
  const tcpip = await queryRegistry(os, TCPIP_INTERFACES, true);
  const empty = new Map();
  const known = parseAdapters(network.ok ? network.keys : empty, tcpip.ok ? tcpip.keys : empty);
  const adapters = windowsAdapters(known, os.networkInterfaces()).slice(0, ADAPTERS_MAX);
  const gateways = adapters.flatMap((adapter) => adapter.gateways.map((address) => ({ address })));
  return {
    adapters: facts.known(adapters, "GetAdaptersAddresses, registry Tcpip\\Parameters\\Interfaces", "os-record"),
    primary: await readPrimary(context, adapters, gateways),
  };
};

/** Adapters of the registry with the addresses they hold now; ones that only the system knows are added as `unknown`. Pure. */
export function windowsAdapters(known: readonly RegistryAdapter[], held: readonly HostAddress[]): Adapter[] {
  const names = new Set([
    ...known.map(({ name }) => name),
    ...held.filter(({ internal }) => !internal).map(({ adapter }) => adapter),
  ]);
  const adapters = [...names].sort().map((name): Adapter => {
    const entry = known.find((adapter) => adapter.name === name);
    const own = held.filter((address) => address.adapter === name);
    const origin = entry?.dhcp === undefined ? "unknown" : entry.dhcp ? "dhcp" : "manual";
    const mac = own.find((address) => address.mac !== "00:00:00:00:00:00")?.mac.toLowerCase();
    const addresses = own.filter(({ address }) => isReportable(address));
    return {
      id: cut(entry?.guid ?? name),
      name: cut(name),
      ...(mac && { mac }),
      kind: entry?.kind ?? "unknown",
      // Node lists an adapter only while it is up.
      up: own.length > 0,
      addresses: sortAddresses(
        addresses.map(({ address, prefix }) => ({ address, prefix, origin: originOf(address, origin) })),
      ),
      gateways: own.length > 0 ? (entry?.gateways ?? []).slice(0, 16) : [],
      dns: own.length > 0 ? (entry?.dns ?? []).slice(0, 16) : [],
    };
  });
  return adapters.filter(({ kind, addresses }) => kind !== "virtual" || addresses.length > 0);
}

/** EnableDHCP speaks of IPv4 alone. */
function originOf(address: string, origin: "dhcp" | "manual" | "unknown"): "dhcp" | "manual" | "unknown" {
  return address.includes(":") ? "unknown" : origin;
}
