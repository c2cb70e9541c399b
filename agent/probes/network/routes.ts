/** Default gateways from the kernel's tables `/proc/net/route` and `/proc/net/ipv6_route`. Pure. */
import { lines } from "../text.ts";

export interface Gateway {
  adapter: string;
  address: string;
  /** The kernel prefers the lowest. */
  metric: number;
}

const RTF_UP = 0x1;
const RTF_GATEWAY = 0x2;

/** Columns: Iface Destination Gateway Flags RefCnt Use Metric Mask ...; addresses are hex words in the machine's (little-endian) order. */
export function parseRoute4(text: string): Gateway[] {
  return lines(text).flatMap((line) => {
    const [adapter = "", destination, gateway = "", flags = "", , , metric, mask] = line.trim().split(/\s+/);
    if (destination !== "00000000" || mask !== "00000000" || !isGateway(flags)) return [];
    const bytes = gateway.match(/../g)?.reverse() ?? [];
    return { adapter, address: bytes.map((byte) => Number.parseInt(byte, 16)).join("."), metric: Number(metric) };
  });
}

/** Columns: destination length source length next-hop metric refcount use flags interface. */
export function parseRoute6(text: string): Gateway[] {
  return lines(text).flatMap((line) => {
    const [destination, length, , , hop = "", metric = "", , , flags = "", adapter = ""] = line.trim().split(/\s+/);
    if (!/^0{32}$/.test(destination ?? "") || length !== "00" || !isGateway(flags)) return [];
    return { adapter, address: formatIpv6(hop), metric: Number.parseInt(metric, 16) };
  });
}

function isGateway(flags: string): boolean {
  const bits = Number.parseInt(flags, 16);
  return (bits & RTF_UP) !== 0 && (bits & RTF_GATEWAY) !== 0;
}

/** 32 hex digits to the shortest form (RFC 5952): the longest run of two or more zero groups becomes `::`. */
export function formatIpv6(hex: string): string {
  const groups = (hex.match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16).toString(16));
  const runs = [
    ...groups
      .map((group) => (group === "0" ? "0" : "x"))
      .join("")
      .matchAll(/0{2,}/g),
  ];
  const longest = runs.sort((a, b) => b[0].length - a[0].length || a.index - b.index)[0];
  if (!longest) return groups.join(":");
  const before = groups.slice(0, longest.index).join(":");
  return `${before}::${groups.slice(longest.index + longest[0].length).join(":")}`;
}
