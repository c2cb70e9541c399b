/** What the agent says of this very machine, held against the machine's own commands. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Snapshot } from "../../agent/cli/snapshot.ts";
import { parseLast } from "../../agent/probes/power/last.ts";
import { PART_SCHEMAS } from "../../protocol/messages/records/posture.ts";
import { RECORD_BODIES } from "../../protocol/messages/records.ts";
import { runAgentCli } from "./support/run-agent-cli.ts";

const COMMANDS = ["ip", "apt-get", "last", "utmpdump", "clamscan"];
const has = (command: string) => spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;
const missing = process.platform === "linux" ? COMMANDS.filter((command) => !has(command)) : COMMANDS;
if (process.env.CI && missing.length > 0) throw new Error(`CI must have ${missing.join(", ")}`);
const runs = (...commands: string[]) => describe.runIf(commands.every((command) => !missing.includes(command)));

const output = (command: string, args: readonly string[], env = {}) =>
  execFileSync(command, args, { encoding: "utf8", env: { ...process.env, LC_ALL: "C", ...env }, maxBuffer: 16 << 20 });

let folder = "";
let snapshot: Snapshot;
const BUILT = Date.parse("2026-11-21T16:00:00.000Z") / 1000;

/** Other tests change this machine's network at the same time: then the look is repeated. */
const ATTEMPTS_MAX = 5;

interface Link {
  ifname: string;
  link_type: string;
  address: string;
  addr_info: {
    local: string;
    prefixlen: number;
    scope: string;
    temporary?: boolean;
    deprecated?: boolean;
    tentative?: boolean;
  }[];
}

interface Network {
  links: Link[];
  routes: { gateway?: string; dev: string }[];
}

let network: Network;

/** A lease's lifetime counts down all the time. */
function withoutLifetimes(seen: Network): string {
  return JSON.stringify(seen, (key, value) => (key.endsWith("life_time") ? undefined : value));
}

function networkNow(): Network {
  if (missing.includes("ip")) return { links: [], routes: [] };
  const ask = (...args: string[]) => JSON.parse(output("ip", ["-j", ...args]));
  return { links: ask("addr"), routes: ask("route", "show", "default") };
}

/** A header-only database, as cl_cvdhead parses it. */
function writeDatabase(path: string, version: number): void {
  const built = new Date(BUILT * 1000);
  const month = built.toLocaleString("en", { month: "short", timeZone: "UTC" });
  const text = `ClamAV-VDB:${built.getUTCDate()} ${month} ${built.getUTCFullYear()} 16-00 +0000:${version}:2000:90:d41d8cd98f00b204e9800998ecf8427e:x:sim:${BUILT}`;
  writeFileSync(path, text.padEnd(512));
}

describe.runIf(process.platform === "linux")("agent collect --json on this machine", () => {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "dianmao-truth-"));
    writeDatabase(join(folder, "daily.cvd"), 27831);
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const before = networkNow();
      const ran = runAgentCli(["collect", "--json", "--home", join(folder, "home"), "--clamav-dir", folder]);
      expect([ran.status, ran.stderr]).toEqual([0, ""]);
      snapshot = JSON.parse(ran.stdout);
      network = networkNow();
      if (withoutLifetimes(before) === withoutLifetimes(network)) return;
    }
    throw new Error("the network of this machine does not rest");
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it("holds the five parts and the power events as the contract has them", () => {
    for (const [name, schema] of Object.entries(PART_SCHEMAS)) {
      const part = snapshot[name as keyof typeof PART_SCHEMAS];
      expect(schema.parse(part)).toEqual(part);
    }
    for (const { kind, body } of snapshot.powerEvents) expect(RECORD_BODIES[kind].parse(body)).toEqual(body);
  });

  runs("ip")("beside ip", () => {
    it("has the addresses of ip addr", () => {
      const { links } = network;
      const expected = links
        .filter(({ link_type }) => link_type !== "loopback")
        .flatMap(({ ifname, addr_info }) =>
          addr_info
            .filter(
              ({ scope, temporary, deprecated, tentative }) =>
                scope !== "link" && !temporary && !deprecated && !tentative,
            )
            .map(({ local, prefixlen }) => `${ifname} ${local}/${prefixlen}`),
        );
      const { adapters } = snapshot.network;
      const told = "value" in adapters ? adapters.value : [];
      const own = told.flatMap(({ name, addresses }) =>
        addresses.map(({ address, prefix }) => `${name} ${address}/${prefix}`),
      );
      expect(own.filter((line) => !/ 169\.254\./.test(line)).sort()).toEqual(expected.sort());
      for (const { name, mac } of told) {
        const link = links.find(({ ifname }) => ifname === name);
        if (mac) expect([name, mac]).toEqual([name, link?.address]);
      }
    });

    it("has the default gateways of ip route, and a primary address that ip route get agrees with", () => {
      const { routes } = network;
      const expected = routes.flatMap(({ gateway, dev }) => (gateway ? [`${dev} ${gateway}`] : []));
      const { adapters, primary } = snapshot.network;
      const told = "value" in adapters ? adapters.value : [];
      const own = told.flatMap(({ name, gateways }) =>
        gateways.filter((way) => !way.includes(":")).map((way) => `${name} ${way}`),
      );
      expect(own.sort()).toEqual(expected.sort());
      const [first] = routes.flatMap(({ gateway }) => gateway ?? []);
      if (first === undefined) return;
      const [way] = JSON.parse(output("ip", ["-j", "route", "get", first]));
      expect(primary).toMatchObject({ value: way.prefsrc });
    });
  });

  runs("clamscan")("beside clamscan", () => {
    it("dates the definitions as clamscan --version does", () => {
      const [, engine, version, built = ""] =
        /^ClamAV ([^/]+)\/(\d+)\/(.*)$/.exec(output("clamscan", ["--version", "-d", folder], { TZ: "UTC" }).trim()) ??
        [];
      const { products } = snapshot.antivirus;
      const clamav = "value" in products ? products.value.find(({ name }) => name === "ClamAV") : undefined;
      expect(clamav).toMatchObject({
        version: { value: engine },
        definitionsVersion: { value: version },
        definitionsAt: { value: new Date(`${built} UTC`).toISOString(), source: join(folder, "daily.cvd") },
      });
    });
  });

  runs("apt-get")("beside apt-get", () => {
    it("counts what apt-get -s dist-upgrade would install", () => {
      const simulation = output("apt-get", ["-s", "dist-upgrade"])
        .split("\n")
        .filter((line) => line.startsWith("Inst "));
      const security = simulation.filter((line) => /\/[a-z]+-security/.test(line)).map((line) => line.split(" ")[1]);
      const { pending } = snapshot.patch;
      if (!("value" in pending)) {
        // Lists too old, or none: then the numbers stand in the detail at least.
        expect(pending).toMatchObject({ detail: expect.stringContaining(`${simulation.length} in all`) });
        return;
      }
      expect(pending.value).toMatchObject({ total: simulation.length, security: new Set(security).size });
      expect(pending.value.packages).toEqual([...new Set(security)].sort().slice(0, 200));
    });
  });

  runs("last", "utmpdump")("beside last", () => {
    it("reads what last prints over a made wtmp", () => {
      const line = (type: number, user: string, at: string) =>
        `[${type}] [00000] [~~  ] [${user.padEnd(8)}] [~           ] [6.1.0-28-amd64      ] [0.0.0.0        ] [${at},000000+0000]\n`;
      const entries = [
        [2, "reboot", "2026-11-20T00:01:12"],
        [1, "shutdown", "2026-11-20T10:02:11"],
        [2, "reboot", "2026-11-21T00:03:44"],
        [2, "reboot", "2026-11-23T00:02:05"],
      ] as const;
      const wtmp = join(folder, "wtmp");
      const text = entries.map(([type, user, at]) => line(type, user, at)).join("");
      writeFileSync(wtmp, execFileSync("utmpdump", ["-r"], { input: text, stdio: ["pipe", "pipe", "ignore"] }));
      const told = parseLast(output("last", ["-xF", "-f", wtmp, "reboot", "shutdown"], { TZ: "UTC" }));
      expect(told.map(({ type, atMs }) => [type, new Date(atMs).toISOString().slice(0, 19)])).toEqual(
        entries.map(([, user, at]) => [user === "reboot" ? "boot" : user, at]),
      );
    });

    it("knows the running boot, and of the one before no more than last -x", () => {
      const { bootId, previousStop } = snapshot.power;
      expect(bootId).toMatchObject({
        value: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim().replaceAll("-", ""),
      });
      expect(snapshot.powerEvents.at(-1)?.body).toMatchObject({
        event: "boot",
        bootId: "value" in bootId && bootId.value,
      });
      const boots = output("last", ["-x", "reboot"])
        .split("\n")
        .filter((line) => line.startsWith("reboot"));
      if (boots.length < 2 && previousStop && "value" in previousStop) expect(previousStop.source).toBe("journal");
      else if (boots.length === 0) expect(previousStop).toMatchObject({ unknown: "not-recorded" });
    });
  });

  it("has the kernel and the distribution that uname and os-release tell", () => {
    expect(snapshot.patch.level).toMatchObject({ value: output("uname", ["-r"]).trim() });
    const id = output("sh", ["-c", ". /etc/os-release; echo $ID"]).trim();
    expect(snapshot.identity.os).toMatchObject({ value: { id } });
  });

  it("is also a readable table in Chinese, or English when asked", () => {
    const chinese = runAgentCli(["collect", "--home", join(folder, "home"), "--clamav-dir", folder]);
    expect(chinese.stdout).toMatch(/^点卯代理所见的本机 /);
    expect(chinese.stdout).toMatch(/病毒库版本 +27831 +\S+daily\.cvd \(vendor-record\)/);
    const english = runAgentCli(["collect", "--lang", "en", "--home", join(folder, "home"), "--clamav-dir", folder]);
    expect(english.stdout).toMatch(/Definitions version +27831/);
  }, 60_000);
});
