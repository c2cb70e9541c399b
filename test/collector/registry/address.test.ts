/** Addresses in one form; vectors from RFC 5952 and RFC 4291. */
import { expect, test } from "vitest";
import { canonicalAddress, contains, isAside, parseBlock, sameSegment } from "../../../collector/registry/address.ts";

test.each([
  ["10.1.2.3", "10.1.2.3"],
  [" 10.1.2.3 ", "10.1.2.3"],
  ["2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"],
  ["2001:DB8:0:0:0:0:2:1", "2001:db8::2:1"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["::FFFF:192.0.2.128", "192.0.2.128"],
  ["::ffff:c000:280", "192.0.2.128"],
  ["fe80::1%eth0", "fe80::1"],
  ["010.1.2.3", undefined],
  ["10.1.2", undefined],
  ["10.1.2.256", undefined],
  ["1:2:3", undefined],
  ["pc-1", undefined],
  ["", undefined],
])("%j is %s", (text, expected) => {
  expect(canonicalAddress(text)).toBe(expected);
});

test.each([
  ["10.1.2.0/24", "10.1.2.0/24", false],
  ["10.1.2.3/32", "10.1.2.3", true],
  ["10.1.2.3", "10.1.2.3", true],
  ["2001:DB8::/32", "2001:db8::/32", false],
  ["0.0.0.0/0", "0.0.0.0/0", false],
])("the block %s is %s", (text, expected, single) => {
  expect(parseBlock(text)).toMatchObject({ text: expected, single });
});

test.each(["10.1.2.3/24", "10.1.2.0/33", "10.1.2.0/-1", "10.1.2.0/", "10.1.2.0/24/2", "/24", "2001:db8::1/64", "x/8"])(
  "%s is no block",
  (text) => {
    expect(parseBlock(text)).toBeUndefined();
  },
);

test.each([
  ["10.1.2.0/24", "10.1.2.0", true],
  ["10.1.2.0/24", "10.1.2.255", true],
  ["10.1.2.0/24", "10.1.3.0", false],
  ["10.1.2.0/24", "2001:db8::1", false],
  ["2001:db8:0:1::/64", "2001:db8:0:1:ffff::1", true],
  ["2001:db8:0:1::/64", "2001:db8:0:2::", false],
  ["0.0.0.0/0", "255.255.255.255", true],
])("%s contains %s: %s", (block, address, expected) => {
  expect(contains(parseBlock(block) as NonNullable<ReturnType<typeof parseBlock>>, address)).toBe(expected);
});

test.each([
  ["127.0.0.1", true],
  ["169.254.10.1", true],
  ["0.0.0.0", true],
  ["224.0.0.251", true],
  ["::1", true],
  ["::", true],
  ["fe80::1", true],
  ["febf::1", true],
  ["ff02::1", true],
  ["10.0.0.1", false],
  ["fd00::1", false],
  ["fec0::1", false],
  ["192.0.2.1", false],
])("%s is aside: %s", (address, expected) => {
  expect(isAside(address)).toBe(expected);
});

test("addresses of one segment share their first bits, never across families", () => {
  expect(sameSegment("10.1.2.3", "10.1.2.200", 24)).toBe(true);
  expect(sameSegment("10.1.2.3", "10.1.3.3", 24)).toBe(false);
  expect(sameSegment("10.1.2.3", "10.1.3.3", 16)).toBe(true);
  expect(sameSegment("10.1.2.3", "2001:db8::1", 0)).toBe(false);
  expect(sameSegment("2001:db8::1", "2001:db8::ffff", 64)).toBe(true);
});
