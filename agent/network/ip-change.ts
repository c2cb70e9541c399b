/** From held changes of adapters to `ip-change` records: only addresses that can be an identity count. Pure. */
import type { IpChangeBody } from "../../protocol/messages/records/agent-events.ts";
import type { Adapter } from "../../protocol/messages/records/posture.ts";
import { canonicalJson } from "../posture/hash.ts";
import { isIdentity } from "../probes/network/address.ts";
import type { HeldChange } from "./hold.ts";

type Addresses = Adapter["addresses"];

/** Identity addresses by adapter id, as last reported. */
export type HeldAddresses = Record<string, Addresses>;

export function identitiesOf(adapter: Adapter | undefined): Addresses {
  return (adapter?.addresses ?? []).filter(({ address }) => isIdentity(address));
}

export function addressesOf(adapters: readonly Adapter[]): HeldAddresses {
  const entries = adapters.map((adapter) => [adapter.id, identitiesOf(adapter)] as const);
  return Object.fromEntries(entries.filter(([, addresses]) => addresses.length > 0));
}

/** Undefined when the adapter changed in something else than its addresses. */
export function ipChangeOf(change: HeldChange, nowMs: number): IpChangeBody | undefined {
  const from = identitiesOf(change.from);
  const to = identitiesOf(change.to);
  if (canonicalJson(from) === canonicalJson(to)) return undefined;
  const adapter = change.to ?? change.from;
  const { mac, kind } = adapter ?? {};
  return {
    adapter: change.id,
    ...(mac && { mac }),
    ...(kind && { kind }),
    from,
    to,
    heldSeconds: Math.round((nowMs - change.sinceMs) / 100) / 10,
  };
}

/**
 * The adapters that a fresh start compares with: as they are now, but with the addresses that were last reported, so that a
 * change made while no agent ran is seen. Nothing is remembered of adapters that were never reported.
 */
export function asLastReported(adapters: readonly Adapter[], reported: HeldAddresses | undefined): Adapter[] {
  if (!reported) return [...adapters];
  return adapters.map((adapter) => {
    const addresses = reported[adapter.id];
    if (!addresses) return adapter;
    const others = adapter.addresses.filter(({ address }) => !isIdentity(address));
    const same = canonicalJson(addresses) === canonicalJson(identitiesOf(adapter));
    return same ? adapter : { ...adapter, addresses: [...addresses, ...others] };
  });
}
