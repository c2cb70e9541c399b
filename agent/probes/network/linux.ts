/** The network part on Linux: one `ip` child, the rest from /sys, /proc and the managers' own files. */
import type { Fact } from "../../../protocol/messages/fact.ts";
import type { Adapter, Parts } from "../../../protocol/messages/records/posture.ts";
import type { Os } from "../../os/os.ts";
import type { Probe } from "../probe.ts";
import { cut, parseKeyValues } from "../text.ts";
import { isReportable, sortAddresses } from "./address.ts";
import { type KernelAddress, parseIpAddr } from "./ip-addr.ts";
import { adapterKind } from "./linux-kind.ts";
import { type OriginSource, originFrom } from "./linux-origin.ts";
import { readOriginSources } from "./linux-origin-files.ts";
import { readPrimary } from "./primary.ts";
import { isStub, parseResolvConf } from "./resolv-conf.ts";
import { type Gateway, parseRoute4, parseRoute6 } from "./routes.ts";

const ADAPTERS_MAX = 64;
const PER_ADAPTER_MAX = { addresses: 64, gateways: 16, dns: 16 };

export const linuxNetwork: Probe<"network"> = async (context) => {
  const { os, facts } = context;
  const { addresses, source } = await readAddresses(os);
  const paths = await os.glob("/sys/class/net/*");
  const names = paths.map((path) => path.slice(path.lastIndexOf("/") + 1)).filter((name) => name !== "lo");
  const gateways = await readGateways(os);
  const origins = await readOriginSources(os, names);
  const dns = await readNameServers(os);
  const all = await Promise.all(names.map((name) => readAdapter(os, name, addresses, gateways, origins, dns)));
  const adapters = all.filter(isWorthReporting).slice(0, ADAPTERS_MAX);
  const known: Fact<Adapter[]> =
    names.length === 0
      ? facts.unknown("not-recorded", "no network interface", "/sys/class/net")
      : facts.known(adapters, `${source}, /sys/class/net, /proc/net`, "os-record");
  return { adapters: known, primary: await readPrimary(context, adapters, gateways) } satisfies Parts["network"];
};

/** `ip` sees addresses of a link that is down as well; Node's own list is what remains where iproute2 is missing. */
export async function readAddresses(os: Os): Promise<{ addresses: KernelAddress[]; source: string }> {
  const ran = await os.run("ip", ["-o", "addr", "show"]);
  if (ran.ok && ran.exitCode === 0) return { addresses: parseIpAddr(ran.stdout), source: "ip -o addr show" };
  const addresses = os.networkInterfaces().map(({ adapter, address, prefix }) => ({
    adapter,
    address,
    prefix,
    dynamic: false,
    passing: false,
  }));
  return { addresses, source: "getifaddrs" };
}

async function readAdapter(
  os: Os,
  name: string,
  addresses: readonly KernelAddress[],
  gateways: readonly Gateway[],
  origins: readonly OriginSource[],
  dns: readonly string[],
): Promise<Adapter> {
  const folder = `/sys/class/net/${name}`;
  const mac = (await textOf(os, `${folder}/address`))?.toLowerCase();
  const originOf = originFrom(origins);
  const own = addresses.filter(
    ({ adapter, address, passing }) => adapter === name && !passing && isReportable(address),
  );
  const ways = gateways.filter(({ adapter }) => adapter === name).map(({ address }) => address);
  return {
    id: cut(name),
    name: cut(name),
    ...(mac && /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) && { mac }),
    kind: adapterKind({
      name,
      devicePath: await linkOf(os, folder),
      devtype: parseKeyValues((await textOf(os, `${folder}/uevent`)) ?? "").get("DEVTYPE"),
      wireless: (await os.stat(`${folder}/phy80211`)).ok || (await os.stat(`${folder}/wireless`)).ok,
      driver: (await linkOf(os, `${folder}/device/driver`)).split("/").at(-1),
      type: Number(await textOf(os, `${folder}/type`)),
    }),
    up: (await textOf(os, `${folder}/operstate`)) === "up" || (await isUpWithoutState(os, folder)),
    addresses: sortAddresses(
      own.map(({ adapter, address, prefix, dynamic }) => ({
        address,
        prefix,
        origin: dynamic ? ("dhcp" as const) : originOf(adapter, address),
      })),
    ).slice(0, PER_ADAPTER_MAX.addresses),
    gateways: [...new Set(ways)].sort().slice(0, PER_ADAPTER_MAX.gateways),
    dns: ways.length > 0 ? dns.slice(0, PER_ADAPTER_MAX.dns) : [],
  };
}

/** Tunnels have no operational state (`unknown`): the carrier decides. */
async function isUpWithoutState(os: Os, folder: string): Promise<boolean> {
  return (await textOf(os, `${folder}/operstate`)) === "unknown" && (await textOf(os, `${folder}/carrier`)) === "1";
}

/** Container and filter plumbing without an address of its own comes and goes all day and says nothing. */
function isWorthReporting({ kind, addresses }: Adapter): boolean {
  return kind !== "virtual" || addresses.length > 0;
}

async function readGateways(os: Os): Promise<Gateway[]> {
  const [four, six] = await Promise.all([textOf(os, "/proc/net/route"), textOf(os, "/proc/net/ipv6_route")]);
  const byMetric = (a: Gateway, b: Gateway) => a.metric - b.metric;
  return [...parseRoute4(four ?? "").sort(byMetric), ...parseRoute6(six ?? "").sort(byMetric)];
}

async function readNameServers(os: Os): Promise<string[]> {
  const servers = parseResolvConf((await textOf(os, "/etc/resolv.conf")) ?? "");
  if (!isStub(servers)) return servers;
  const behind = parseResolvConf((await textOf(os, "/run/systemd/resolve/resolv.conf")) ?? "");
  return behind.length > 0 ? behind : servers;
}

async function textOf(os: Os, path: string): Promise<string | undefined> {
  const read = await os.readText(path);
  return read.ok ? read.text.trim() : undefined;
}

async function linkOf(os: Os, path: string): Promise<string> {
  const read = await os.readLink(path);
  return read.ok ? read.text : "";
}
