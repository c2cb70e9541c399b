/** Output of `ip -o addr show`: one line an address, free of the locale. Pure. */
import { lines } from "../text.ts";

export interface KernelAddress {
  adapter: string;
  address: string;
  prefix: number;
  /** The kernel counts its life down: it came from DHCP or, for IPv6, a router's announcement. */
  dynamic: boolean;
  /** IPv6 privacy addresses and ones not in use: they change by themselves and identify nothing. */
  passing: boolean;
}

const PASSING_FLAGS = ["temporary", "deprecated", "tentative", "dadfailed"];

/** `4: eth0    inet 192.0.2.2/24 brd 192.0.2.255 scope global dynamic eth0\ ...`; lines of other kinds are skipped. */
export function parseIpAddr(text: string): KernelAddress[] {
  return lines(text).flatMap((line) => {
    const match = /^\d+:\s+(\S+?)(?:@\S+)?:?\s+inet6?\s+(\S+)(?:\s+peer\s+(\S+))?\s(.*)$/.exec(line);
    if (!match) return [];
    const [, adapter = "", own = "", peer, rest = ""] = match;
    const [address = "", prefix = peer?.split("/")[1]] = own.split("/");
    const flags = rest.split("\\")[0]?.split(/\s+/) ?? [];
    return {
      adapter,
      address,
      prefix: Number(prefix ?? (address.includes(":") ? 128 : 32)),
      dynamic: flags.includes("dynamic"),
      passing: flags.some((flag) => PASSING_FLAGS.includes(flag)),
    };
  });
}
