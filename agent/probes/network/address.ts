/** Which addresses can be an identity, and a stable order for them. Pure. */

export interface HeldAddress {
  address: string;
  prefix: number;
  origin: "dhcp" | "manual" | "unknown";
}

/** 169.254/16 is a failed DHCP, fe80::/10 is there always, loopback is nobody: never an identity. */
export function isIdentity(address: string): boolean {
  return (
    !/^(169\.254\.|127\.)/.test(address) &&
    !/^fe[89ab][0-9a-f]:/i.test(address) &&
    !/^(::1|::|0\.0\.0\.0)$/.test(address)
  );
}

/** Worth reporting: identities, and 169.254/16 because it shows the fault. */
export function isReportable(address: string): boolean {
  return isIdentity(address) || address.startsWith("169.254.");
}

/** IPv4 before IPv6, then by text: the kernel's order changes without any change of state. */
export function sortAddresses<T extends { address: string }>(addresses: readonly T[]): T[] {
  const rank = ({ address }: T) => `${address.includes(":") ? 1 : 0}${address}`;
  return [...addresses].sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
}
