import { describe, expect, it } from "vitest";
import { adapterKind } from "../../../../agent/probes/network/linux-kind.ts";

const PCI = "../../devices/pci0000:00/0000:00:1f.6/net/x";

describe("kinds of adapters on Linux", () => {
  it.each([
    ["wired", { name: "enp0s31f6", devicePath: PCI, wireless: false, driver: "e1000e", type: 1 }],
    ["wifi", { name: "wlp2s0", devicePath: PCI, wireless: true, devtype: "wlan", type: 1 }],
    ["cellular", { name: "wwan0", devicePath: PCI, wireless: false, devtype: "wwan", type: 65534 }],
    [
      "cellular",
      {
        name: "usb0",
        devicePath: "../../devices/pci0000:00/usb1/1-1/net/usb0",
        wireless: false,
        driver: "rndis_host",
        type: 1,
      },
    ],
    ["cellular", { name: "ppp0", devicePath: "../../devices/virtual/net/ppp0", wireless: false, type: 512 }],
    [
      "virtual",
      { name: "docker0", devicePath: "../../devices/virtual/net/docker0", wireless: false, devtype: "bridge", type: 1 },
    ],
    ["unknown", { name: "ib0", devicePath: PCI, wireless: false, type: 32 }],
  ] as const)("%s: %o", (kind, evidence) => {
    expect(adapterKind(evidence)).toBe(kind);
  });
});
