/** What the registry says of network adapters: name, kind, origin, gateways, DNS. Pure. */
import { listOf, numberOf, type RegistryKeys, registryValue } from "../windows/reg-query.ts";

export const NETWORK_CLASS =
  "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Network\\{4D36E972-E325-11CE-BFC1-08002BE10318}";
export const TCPIP_INTERFACES = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters\\Interfaces";

export interface RegistryAdapter {
  guid: string;
  /** As the user sees it: `以太网`, `Ethernet`. */
  name: string;
  kind: "wired" | "wifi" | "cellular" | "virtual";
  dhcp?: boolean;
  gateways: string[];
  dns: string[];
}

/** NDIS media sub type of the key `Connection`: 2 is Wi-Fi, 8 mobile broadband. */
const MEDIA_WIFI = 2;
const MEDIA_MOBILE = 8;

/** Joins both keys by GUID; an adapter without a name has left the machine. */
export function parseAdapters(network: RegistryKeys, tcpip: RegistryKeys): RegistryAdapter[] {
  return [...network].flatMap(([path, values]) => {
    const guid = /\{[0-9A-F-]{36}\}(?=\\CONNECTION$)/.exec(path)?.[0];
    const name = registryValue(values, "Name")?.data;
    if (!guid || !name) return [];
    const settings = [...tcpip].find(([key]) => key.endsWith(`\\${guid}`))?.[1];
    const enabled = numberOf(registryValue(settings, "EnableDHCP"));
    const dhcp = enabled === undefined ? undefined : enabled === 1;
    return {
      guid,
      name,
      kind: kindOf(registryValue(values, "PnpInstanceID")?.data ?? "", numberOf(registryValue(values, "MediaSubType"))),
      ...(dhcp !== undefined && { dhcp }),
      gateways: listOf(registryValue(settings, dhcp ? "DhcpDefaultGateway" : "DefaultGateway")),
      dns: nameServers(
        listOf(registryValue(settings, "NameServer")),
        listOf(registryValue(settings, "DhcpNameServer")),
      ),
    };
  });
}

/** A name server that was entered by hand outranks the one from DHCP. */
function nameServers(manual: string[], leased: string[]): string[] {
  return manual.length > 0 ? manual : leased;
}

function kindOf(pnpId: string, media: number | undefined): RegistryAdapter["kind"] {
  if (/^(ROOT|SWD|VMS_|\{)/i.test(pnpId)) return "virtual";
  if (media === MEDIA_WIFI) return "wifi";
  return media === MEDIA_MOBILE || /RNDIS|NDISUSB/i.test(pnpId) ? "cellular" : "wired";
}
