import { describe, expect, it } from "vitest";
import { linuxNetwork } from "../../../../agent/probes/network/linux.ts";
import { networkPart } from "../../../../protocol/messages/records/posture.ts";
import type { Recording } from "../../support/fake-os.ts";
import { contextOf } from "../../support/probe-context.ts";

const ADDRESSES = String.raw`1: lo    inet 127.0.0.1/8 scope host lo\ 
2: eth0    inet 10.20.3.41/22 brd 10.20.3.255 scope global dynamic eth0\ 
2: eth0    inet6 fe80::fc:ff:fe00:1/64 scope link \ 
3: eth1    inet 169.254.7.7/16 scope link eth1\ 
4: docker0    inet 172.17.0.1/16 scope global docker0\ 
`;

const PC: Recording = {
  commands: { "ip -o addr show": ADDRESSES },
  files: {
    "/sys/class/net/lo/address": "00:00:00:00:00:00\n",
    "/sys/class/net/eth0/address": "52:54:00:12:34:56\n",
    "/sys/class/net/eth0/operstate": "up\n",
    "/sys/class/net/eth0/type": "1\n",
    "/sys/class/net/eth1/address": "52:54:00:12:34:57\n",
    "/sys/class/net/eth1/operstate": "down\n",
    "/sys/class/net/eth1/type": "1\n",
    "/sys/class/net/docker0/operstate": "down\n",
    "/sys/class/net/docker0/type": "1\n",
    "/sys/class/net/veth12/operstate": "up\n",
    "/sys/class/net/veth12/type": "1\n",
    "/proc/net/route":
      "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\neth0\t00000000\t0100140A\t0003\t0\t0\t0\t00000000\n",
    "/etc/resolv.conf": "nameserver 127.0.0.53\n",
    "/run/systemd/resolve/resolv.conf": "nameserver 10.20.0.53\nnameserver 10.20.0.54\n",
  },
  links: {
    "/sys/class/net/eth0": "../../devices/pci0000:00/net/eth0",
    "/sys/class/net/eth1": "../../devices/pci0000:00/net/eth1",
    "/sys/class/net/docker0": "../../devices/virtual/net/docker0",
    "/sys/class/net/veth12": "../../devices/virtual/net/veth12",
  },
  routeSource: "10.20.3.41",
};

describe("the network part on Linux", () => {
  it("tells adapters with addresses, gateway and the real name servers, and leaves plumbing out", async () => {
    const part = await linuxNetwork(contextOf(PC));
    expect(part.adapters).toMatchObject({
      value: [
        {
          name: "docker0",
          kind: "virtual",
          up: false,
          addresses: [{ address: "172.17.0.1", prefix: 16, origin: "unknown" }],
        },
        {
          name: "eth0",
          mac: "52:54:00:12:34:56",
          kind: "wired",
          up: true,
          addresses: [{ address: "10.20.3.41", prefix: 22, origin: "dhcp" }],
          gateways: ["10.20.0.1"],
          dns: ["10.20.0.53", "10.20.0.54"],
        },
        {
          name: "eth1",
          up: false,
          addresses: [{ address: "169.254.7.7", prefix: 16, origin: "unknown" }],
          gateways: [],
          dns: [],
        },
      ],
    });
    expect(networkPart.parse(part)).toEqual(part);
  });

  it("takes the source address of the default route as primary, and the broker connection's before it", async () => {
    expect((await linuxNetwork(contextOf(PC))).primary).toMatchObject({
      value: "10.20.3.41",
      source: "route to 10.20.0.1",
    });
    const connected = await linuxNetwork(contextOf(PC, { brokerAddress: "10.20.3.99" }));
    expect(connected.primary).toMatchObject({ value: "10.20.3.99", source: "broker connection" });
  });

  it("does not take loopback or a link-local address for an identity", async () => {
    const local = await linuxNetwork(contextOf({ ...PC, routeSource: "169.254.7.7" }, { brokerAddress: "127.0.0.1" }));
    expect(local.primary).toMatchObject({ unknown: "not-recorded" });
  });

  it("falls back to getifaddrs where iproute2 is missing", async () => {
    const addresses = [
      { adapter: "eth0", address: "10.20.3.41", prefix: 22, mac: "52:54:00:12:34:56", internal: false },
    ];
    const part = await linuxNetwork(contextOf({ ...PC, commands: {}, addresses }));
    expect(part.adapters).toMatchObject({ source: "getifaddrs, /sys/class/net, /proc/net" });
    expect(part.adapters).toMatchObject({
      value: [{ name: "eth0", addresses: [{ address: "10.20.3.41" }] }, { name: "eth1" }],
    });
  });
});
