/** Which addresses of a posture count as the PC's place in the network. */
import type { Adapter, Parts } from "../../protocol/messages/records/posture.ts";
import { canonicalAddress, contains, isAside } from "../registry/address.ts";
import type { GrantFact, HeldAddress } from "./facts.ts";

/**
 * Addresses on adapters that are up. Loopback, link-local and multicast addresses are aside, and virtual adapters
 * (containers, hypervisors, tunnels) too, unless one carries the primary address or a gateway: then it is the PC's way out.
 * Null: the agent does not know.
 */
export function heldAddresses(
  network: Parts["network"],
  { judgeVirtualAdapters }: { judgeVirtualAdapters: boolean },
): HeldAddress[] | null {
  if (!("value" in network.adapters)) return null;
  const primary = "value" in network.primary ? canonicalAddress(network.primary.value) : undefined;
  const held = network.adapters.value.flatMap((adapter) => {
    const own = addressesOf(adapter);
    const isWayOut = adapter.gateways.length > 0 || own.some(({ address }) => address === primary);
    return adapter.kind !== "virtual" || judgeVirtualAdapters || isWayOut ? own : [];
  });
  return held.sort((a, b) => compare(a.address, b.address) || compare(a.adapter, b.adapter));
}

/** Whether a line of the ledger covers the address. An IPv4 segment is for PCs that DHCP serves: no address set by hand. */
export function covers({ block }: GrantFact, { address, origin }: HeldAddress): boolean {
  return contains(block, address) && (block.single || block.family === 6 || origin !== "manual");
}

function addressesOf(adapter: Adapter): HeldAddress[] {
  if (!adapter.up) return [];
  return adapter.addresses.flatMap(({ address, prefix, origin }) => {
    const canonical = canonicalAddress(address);
    if (canonical === undefined || isAside(canonical)) return [];
    return [{ address: canonical, prefix, origin, adapter: adapter.name, mac: adapter.mac ?? null }];
  });
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
