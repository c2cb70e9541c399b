import { describe, expect, it } from "vitest";
import {
  ifcfgOrigin,
  ifupdownOrigin,
  leaseOrigin,
  networkdOrigin,
  nmcliOrigin,
  originFrom,
} from "../../../../agent/probes/network/linux-origin.ts";

const NMCLI = `GENERAL.DEVICE:enp1s0
GENERAL.TYPE:ethernet
GENERAL.HWADDR:52\\:54\\:00\\:12\\:34\\:56
GENERAL.STATE:100 (connected)
GENERAL.CONNECTION:有线连接 1
IP4.ADDRESS[1]:10.20.3.41/22
IP4.GATEWAY:10.20.0.1
DHCP4.OPTION[1]:dhcp_lease_time = 86400
DHCP4.OPTION[4]:ip_address = 10.20.3.41

GENERAL.DEVICE:enp2s0
GENERAL.STATE:100 (connected)
IP4.ADDRESS[1]:10.30.0.9/24

GENERAL.DEVICE:docker0
GENERAL.STATE:10 (unmanaged)
IP4.ADDRESS[1]:172.17.0.1/16
`;

describe("where an address came from", () => {
  it("asks NetworkManager for the adapters that it connected", () => {
    const origin = nmcliOrigin(NMCLI);
    expect(origin("enp1s0", "10.20.3.41")).toBe("dhcp");
    expect(origin("enp1s0", "10.20.3.99")).toBe("manual");
    expect(origin("enp2s0", "10.30.0.9")).toBe("manual");
    expect(origin("docker0", "172.17.0.1")).toBeUndefined();
    expect(origin("enp1s0", "fd00::2")).toBeUndefined();
  });

  it("reads networkd's lease, and calls what it manages without one manual", () => {
    const link = "ADMIN_STATE=configured\nNETWORK_FILE=/etc/systemd/network/10-lan.network\n";
    expect(networkdOrigin("eth0", link, "ADDRESS=10.1.2.3\n")("eth0", "10.1.2.3")).toBe("dhcp");
    expect(networkdOrigin("eth0", link, undefined)("eth0", "10.1.2.4")).toBe("manual");
    expect(networkdOrigin("eth0", "ADMIN_STATE=unmanaged\n", undefined)("eth0", "10.1.2.4")).toBeUndefined();
  });

  it("reads ifupdown, ifcfg and dhclient", () => {
    const interfaces =
      "auto lo\niface lo inet loopback\nallow-hotplug eth0\niface eth0 inet static\n  address 10.1.2.3/24\niface eth1 inet dhcp\n";
    expect(ifupdownOrigin(interfaces)("eth0", "10.1.2.3")).toBe("manual");
    expect(ifupdownOrigin(interfaces)("eth1", "10.1.2.4")).toBe("dhcp");
    expect(ifupdownOrigin(interfaces)("eth2", "10.1.2.5")).toBeUndefined();
    expect(ifcfgOrigin("eth0", 'BOOTPROTO="none"\nIPADDR=10.1.2.3\n')("eth0", "10.1.2.3")).toBe("manual");
    expect(ifcfgOrigin("eth0", "BOOTPROTO=dhcp\n")("eth0", "10.1.2.3")).toBe("dhcp");
    const lease = 'lease {\n  interface "eth0";\n  fixed-address 10.9.8.7;\n  option subnet-mask 255.255.255.0;\n}\n';
    expect(leaseOrigin(lease)("eth0", "10.9.8.7")).toBe("dhcp");
    expect(leaseOrigin(lease)("eth0", "10.9.8.8")).toBeUndefined();
  });

  it("lets the first source that knows decide, and else says unknown", () => {
    const origin = originFrom([() => undefined, () => "dhcp", () => "manual"]);
    expect(origin("eth0", "10.1.2.3")).toBe("dhcp");
    expect(originFrom([])("eth0", "10.1.2.3")).toBe("unknown");
  });
});
