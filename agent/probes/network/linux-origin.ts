/** Where an address came from: what NetworkManager, networkd, ifupdown, ifcfg files and dhclient's leases say. Pure. */

import { lines, parseKeyValues } from "../text.ts";
import type { HeldAddress } from "./address.ts";

export type Origin = HeldAddress["origin"];

/** Answers for one adapter and address; undefined = this source does not know. */
export type OriginSource = (adapter: string, address: string) => Origin | undefined;

/** The first answer wins. */
export function originFrom(sources: readonly OriginSource[]): (adapter: string, address: string) => Origin {
  return (adapter, address) => {
    for (const source of sources) {
      const origin = source(adapter, address);
      if (origin) return origin;
    }
    return "unknown";
  };
}

/**
 * `nmcli -t -f GENERAL,IP4,DHCP4 device show`: blocks of `GENERAL.DEVICE:eth0`, `GENERAL.STATE:100 (connected)`,
 * `DHCP4.OPTION[4]:ip_address = 10.1.2.3`. Only devices that NetworkManager itself connected count.
 */
export function nmcliOrigin(text: string): OriginSource {
  const devices = new Map<string, { connected: boolean; leased?: string; leases: boolean }>();
  let device: { connected: boolean; leased?: string; leases: boolean } | undefined;
  for (const line of lines(text)) {
    const [, field = "", value = ""] = /^([A-Z0-9.-]+(?:\[\d+\])?):(.*)$/.exec(line) ?? [];
    if (field === "GENERAL.DEVICE") {
      device = { connected: false, leases: false };
      devices.set(value, device);
    } else if (field === "GENERAL.STATE" && device) device.connected = /^(100|9\d)\b/.test(value);
    else if (field.startsWith("DHCP4.OPTION") && device) {
      device.leases = true;
      const leased = /^ip_address = (\S+)/.exec(value)?.[1];
      if (leased) device.leased = leased;
    }
  }
  return (adapter, address) => {
    const found = devices.get(adapter);
    if (!found?.connected || address.includes(":")) return undefined;
    return found.leases && (found.leased ?? address) === address ? "dhcp" : "manual";
  };
}

/** networkd's runtime files of one adapter: `links/N` (`NETWORK_FILE=` when it manages it) and `leases/N` (`ADDRESS=`). */
export function networkdOrigin(adapterName: string, link: string | undefined, lease: string | undefined): OriginSource {
  const managed = link !== undefined && parseKeyValues(link).has("NETWORK_FILE");
  const leased = lease === undefined ? undefined : parseKeyValues(lease).get("ADDRESS");
  return (adapter, address) => {
    if (adapter !== adapterName || address.includes(":")) return undefined;
    if (leased === address) return "dhcp";
    return managed ? "manual" : undefined;
  };
}

/** `/etc/network/interfaces`: `iface eth0 inet dhcp|static|manual`. */
export function ifupdownOrigin(text: string): OriginSource {
  const methods = new Map<string, string>();
  for (const [, adapter = "", family = "", method = ""] of text.matchAll(/^\s*iface\s+(\S+)\s+(inet6?)\s+(\S+)/gm)) {
    methods.set(`${adapter} ${family}`, method);
  }
  return (adapter, address) => fromMethod(methods.get(`${adapter} ${address.includes(":") ? "inet6" : "inet"}`));
}

/** `/etc/sysconfig/network-scripts/ifcfg-NAME`: `BOOTPROTO=dhcp|none|static`. */
export function ifcfgOrigin(adapterName: string, text: string): OriginSource {
  const method = parseKeyValues(text).get("BOOTPROTO")?.toLowerCase();
  return (adapter, address) => {
    if (adapter !== adapterName || address.includes(":")) return undefined;
    return method === undefined || method === "none" ? "manual" : fromMethod(method);
  };
}

/** dhclient's lease files: `lease { interface "eth0"; fixed-address 10.1.2.3; ... }`. */
export function leaseOrigin(text: string): OriginSource {
  const leased = new Set(
    [...text.matchAll(/interface\s+"([^"]+)";\s*fixed-address\s+([\d.]+);/g)].map(
      ([, adapter, address]) => `${adapter} ${address}`,
    ),
  );
  return (adapter, address) => (leased.has(`${adapter} ${address}`) ? "dhcp" : undefined);
}

function fromMethod(method: string | undefined): Origin | undefined {
  if (method === "dhcp" || method === "bootp" || method === "auto") return "dhcp";
  return method === "static" ? "manual" : undefined;
}
