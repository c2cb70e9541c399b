/** IP addresses and segments in one canonical form, and which addresses say anything about a PC's place in the network. */
import { isIPv4, isIPv6 } from "node:net";

/** An address or a segment of the ledger: `10.1.2.3`, `10.1.2.0/24`, `2001:db8::7`, `2001:db8:0:1::/64`. */
export interface AddressBlock {
  /** Canonical text; without a prefix length for a single address. */
  text: string;
  family: 4 | 6;
  first: bigint;
  last: bigint;
  single: boolean;
}

const BITS = { 4: 32, 6: 128 } as const;

/** Canonical text of one address (an IPv4-mapped IPv6 address becomes IPv4, a scope id goes); undefined when it is none. */
export function canonicalAddress(text: string): string | undefined {
  const bare = text.trim().replace(/%.*$/, "");
  if (isIPv4(bare)) return bare;
  if (!isIPv6(bare)) return undefined;
  const host = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host);
  return mapped ? ipv4Text(BigInt(`0x${mapped[1]?.padStart(4, "0")}${mapped[2]?.padStart(4, "0")}`)) : host;
}

/** Parses an address or a segment; a segment with host bits set is not one. Undefined when `text` is neither. */
export function parseBlock(text: string): AddressBlock | undefined {
  const [host = "", length, ...rest] = text.trim().split("/");
  const address = canonicalAddress(host);
  if (address === undefined || rest.length > 0) return undefined;
  const family = isIPv4(address) ? 4 : 6;
  const value = addressValue(address);
  if (length === undefined) return { text: address, family, first: value, last: value, single: true };
  if (!/^\d{1,3}$/.test(length) || Number(length) > BITS[family]) return undefined;
  const hostBits = BigInt(BITS[family] - Number(length));
  const last = value | ((1n << hostBits) - 1n);
  if ((value >> hostBits) << hostBits !== value) return undefined;
  if (hostBits === 0n) return { text: address, family, first: value, last: value, single: true };
  return { text: `${address}/${Number(length)}`, family, first: value, last, single: false };
}

/** Whether a canonical address lies in the block. */
export function contains(block: AddressBlock, address: string): boolean {
  if ((isIPv4(address) ? 4 : 6) !== block.family) return false;
  if (block.single) return address === block.text;
  const value = addressValue(address);
  return value >= block.first && value <= block.last;
}

/** Whether two canonical addresses share their first `prefix` bits. */
export function sameSegment(one: string, other: string, prefix: number): boolean {
  const family = isIPv4(one) ? 4 : 6;
  if (family !== (isIPv4(other) ? 4 : 6)) return false;
  const hostBits = BigInt(Math.max(0, BITS[family] - prefix));
  return addressValue(one) >> hostBits === addressValue(other) >> hostBits;
}

const ASIDE = ["0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "::/127", "fe80::/10", "ff00::/8"].map(
  (text) => parseBlock(text) as AddressBlock,
);

/** Loopback, link-local, multicast and unspecified addresses: a fault or noise, never an identity, never to be granted. */
export function isAside(address: string): boolean {
  return ASIDE.some((block) => contains(block, address));
}

/** Of a canonical address: IPv6 has no dotted tail there. */
function addressValue(address: string): bigint {
  if (isIPv4(address)) return address.split(".").reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
  const [head = "", tail] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array<string>(8 - before.length - after.length).fill("0");
  return [...before, ...zeros, ...after].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

function ipv4Text(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 0xffn)).join(".");
}
