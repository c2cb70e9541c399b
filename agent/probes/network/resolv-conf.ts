/** Name servers from resolv.conf. Pure. */
import { lines } from "../text.ts";

const SERVERS_MAX = 16;

/** Addresses of `nameserver` lines, in order. */
export function parseResolvConf(text: string): string[] {
  const servers = lines(text).flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? []);
  return [...new Set(servers)].slice(0, SERVERS_MAX);
}

/** True when every server is a stub on this machine (systemd-resolved, dnsmasq): the real ones stand elsewhere. */
export function isStub(servers: readonly string[]): boolean {
  return servers.length > 0 && servers.every((server) => server.startsWith("127.") || server === "::1");
}
