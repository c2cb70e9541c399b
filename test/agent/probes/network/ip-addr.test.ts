import { describe, expect, it } from "vitest";
import { parseIpAddr } from "../../../../agent/probes/network/ip-addr.ts";

/** Printed by iproute2 6.1. */
const OUTPUT = String.raw`1: lo    inet 127.0.0.1/8 scope host lo\       valid_lft forever preferred_lft forever
4: eth0    inet 192.0.2.2/24 brd 192.0.2.255 scope global eth0\       valid_lft forever preferred_lft forever
4: eth0    inet6 fd00::2/64 scope global nodad \       valid_lft forever preferred_lft forever
5: wlan0    inet 10.20.3.41/22 brd 10.20.3.255 scope global dynamic noprefixroute wlan0\       valid_lft 85917sec preferred_lft 85917sec
5: wlan0    inet6 2001:db8::91c/64 scope global temporary dynamic \       valid_lft 604301sec preferred_lft 85613sec
6: tun0    inet 10.8.0.6 peer 10.8.0.5/32 scope global tun0\       valid_lft forever preferred_lft forever
7: veth0@if6    inet 172.17.0.1/16 scope global veth0\       valid_lft forever preferred_lft forever
`;

describe("ip -o addr show", () => {
  it("reads addresses, origins by their life, and which are passing", () => {
    expect(parseIpAddr(OUTPUT)).toEqual([
      { adapter: "lo", address: "127.0.0.1", prefix: 8, dynamic: false, passing: false },
      { adapter: "eth0", address: "192.0.2.2", prefix: 24, dynamic: false, passing: false },
      { adapter: "eth0", address: "fd00::2", prefix: 64, dynamic: false, passing: false },
      { adapter: "wlan0", address: "10.20.3.41", prefix: 22, dynamic: true, passing: false },
      { adapter: "wlan0", address: "2001:db8::91c", prefix: 64, dynamic: true, passing: true },
      { adapter: "tun0", address: "10.8.0.6", prefix: 32, dynamic: false, passing: false },
      { adapter: "veth0", address: "172.17.0.1", prefix: 16, dynamic: false, passing: false },
    ]);
  });

  it("skips what is not an address", () => {
    expect(parseIpAddr("4: eth0: <BROADCAST> mtu 1500\nCannot open netlink socket\n")).toEqual([]);
  });
});
