/** What kind of adapter a Linux interface is, from its folder under /sys/class/net. Pure. */

export interface AdapterEvidence {
  name: string;
  /** Target of the link `/sys/class/net/NAME`. */
  devicePath: string;
  /** `DEVTYPE` of its uevent: `wlan`, `wwan`, `bridge`, `vlan` ... */
  devtype?: string | undefined;
  wireless: boolean;
  /** Name of the driver, the last level of the link `device/driver`. */
  driver?: string | undefined;
  /** ARPHRD number of `type`: 1 Ethernet, 772 loopback, 512 PPP, 65534 none. */
  type?: number | undefined;
}

/** Drivers of phones and modems: whatever hangs on them is a second way out (WG 9). */
const CELLULAR_DRIVERS = ["rndis_host", "ipheth", "cdc_mbim", "qmi_wwan", "huawei_cdc_ncm", "sierra_net", "option"];
const ARPHRD_ETHER = 1;
const ARPHRD_PPP = 512;

export function adapterKind(evidence: AdapterEvidence): "wired" | "wifi" | "cellular" | "virtual" | "unknown" {
  const { name, devicePath, devtype, wireless, driver, type } = evidence;
  if (wireless || devtype === "wlan") return "wifi";
  if (devtype === "wwan" || CELLULAR_DRIVERS.includes(driver ?? "") || /^ww(an|p)/.test(name)) return "cellular";
  if (type === ARPHRD_PPP) return "cellular";
  if (devicePath.includes("/devices/virtual/")) return "virtual";
  return type === ARPHRD_ETHER ? "wired" : "unknown";
}
