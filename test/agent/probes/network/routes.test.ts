import { describe, expect, it } from "vitest";
import { formatIpv6, parseRoute4, parseRoute6 } from "../../../../agent/probes/network/routes.ts";

const ROUTE4 = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
usb0\t00000000\t2A2B10AC\t0003\t0\t0\t700\t00000000\t0\t0\t0
`;

const ROUTE6 = `fd000000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fd000000000000000000000000000001 00000400 00000002 00000000 00000003     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
`;

describe("default gateways", () => {
  it("reads the hex words of IPv4, which stand in little-endian order", () => {
    expect(parseRoute4(ROUTE4)).toEqual([
      { adapter: "eth0", address: "192.0.2.1", metric: 100 },
      { adapter: "usb0", address: "172.16.43.42", metric: 700 },
    ]);
  });

  it("takes IPv6 routes with a gateway, not the unreachable default on lo", () => {
    expect(parseRoute6(ROUTE6)).toEqual([{ adapter: "eth0", address: "fd00::1", metric: 1024 }]);
  });

  it.each([
    ["fd000000000000000000000000000001", "fd00::1"],
    ["20010db8000000000001000000000001", "2001:db8::1:0:0:1"],
    ["20010db8000100010001000000010001", "2001:db8:1:1:1:0:1:1"],
    ["00000000000000000000000000000000", "::"],
    ["00000000000000000000000000000001", "::1"],
  ])("writes %s as RFC 5952 does: %s", (hex, text) => {
    expect(formatIpv6(hex)).toBe(text);
  });
});
