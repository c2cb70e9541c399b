/** Where a listener can be reached, by what it listens on. */

export function isAnyAddress(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}

/** How this very machine reaches itself, as it stands in a URL. */
export function localHost(host: string): string {
  return isAnyAddress(host) ? "127.0.0.1" : inUrl(host);
}

/** An IPv6 address stands in brackets in a URL. */
export function inUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
