/** An office PC's adapter for tests. */
import type { Adapter } from "../../../protocol/messages/records/posture.ts";

export function eth(addresses: readonly string[], extra: Partial<Adapter> = {}): Adapter {
  return {
    id: "eth0",
    name: "eth0",
    mac: "52:54:00:12:34:56",
    kind: "wired",
    up: true,
    addresses: addresses.map((address) => ({ address, prefix: 24, origin: "manual" as const })),
    gateways: [],
    dns: [],
    ...extra,
  };
}
