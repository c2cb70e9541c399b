/** `dianmao broker`: configuration for a broker in place of the embedded one. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { AppError } from "../../protocol/errors.ts";
import { NAME_PATTERN } from "../../protocol/messages/names.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { writeMosquittoConfig } from "../broker/external/mosquitto-config.ts";
import { type NatsSource, writeNatsConfig } from "../broker/external/nats-config.ts";
import { type Authority, openAuthority } from "../broker/pki/authority.ts";
import { serverNames } from "../broker/pki/server-certificate.ts";
import { readCollectorConfig } from "../config.ts";
import { REVOCATION_LIST_DAYS, REVOCATION_LIST_FILE } from "../enrolment/revocation-list.ts";
import { type ApiClient, defaultHome } from "./api-client.ts";
import { apiCommand, type CommonFlags, integer, printJson, run, withApi } from "./command.ts";

/** A configuration file cannot say "any". */
const portNumber = integer(1, 65_535);

interface BrokerFlags {
  home?: string;
  json?: boolean;
  out: string;
  host: string;
  port: number;
  name: string[];
}

interface MosquittoFlags extends BrokerFlags {
  site: string[];
}

interface NatsFlags extends BrokerFlags, Omit<CommonFlags, "home" | "json"> {
  natsPort: number;
}

export function brokerCommand(): Command {
  return new Command("broker")
    .description("外部消息代理 / brokers in place of the embedded one")
    .addCommand(mosquittoCommand())
    .addCommand(natsCommand());
}

function mosquittoCommand(): Command {
  const command = new Command("mosquitto-config")
    .description(
      "生成 Mosquitto 2.0 的配置、访问控制和证书 / configuration, access control, certificate for a Mosquitto 2.0",
    )
    .option("--home <dir>", "数据目录 / home folder (DIANMAO_HOME)")
    .option("--json", "输出 JSON / print JSON")
    .option("--site <site...>", "只许这些站点 / only sources of these sites", siteNames, []);
  return withBrokerFlags(command).action((flags: MosquittoFlags) =>
    run(async () => {
      const { out, host, port, site, home = defaultHome() } = flags;
      const authority = await authorityOf(home);
      const revocationList = await revocationListOf(home, authority);
      const deps = { authority, names: serverNames(flags.name), revocationList, clock: SYSTEM_CLOCK };
      const path = await writeMosquittoConfig(out, { host, port, sites: site }, deps);
      tell(flags, path, `mosquitto -c ${path}`);
      return undefined;
    }),
  );
}

function natsCommand(): Command {
  const command = apiCommand(
    "nats-config",
    "生成 NATS（含 MQTT）的配置、权限和证书，含全部已入网的终端 / configuration, permissions of every source, certificate for NATS",
  ).option("--nats-port <port>", "NATS 自身端口 / port of NATS's own protocol, on loopback", portNumber, 4222);
  return withBrokerFlags(command).action((flags: NatsFlags) =>
    withApi(flags, async (api) => {
      const { out, host, port, natsPort, home = defaultHome() } = flags;
      const deps = { authority: await authorityOf(home), names: serverNames(flags.name), clock: SYSTEM_CLOCK };
      const path = await writeNatsConfig(out, { host, port, natsPort }, await sourcesOf(api), deps);
      tell(flags, path, `nats-server -c ${path}`);
      return undefined;
    }),
  );
}

function withBrokerFlags(command: Command): Command {
  return command
    .requiredOption("--out <dir>", "输出目录 / folder to write to")
    .option("--host <address>", "监听地址 / address to listen on", "127.0.0.1")
    .option("--port <port>", "端口 / port", portNumber, 8883)
    .option("--name <name...>", "各终端访问它所用的名称 / names and addresses by which sources reach it", []);
}

function tell({ json, port }: BrokerFlags, path: string, command: string): void {
  if (json) printJson({ config: path });
  else console.log(`${path}\n${command}\ndianmao collector --broker mqtts://HOST:${port}`);
}

async function authorityOf(home: string): Promise<Authority> {
  // Named as the collector names it, should this be the first to need it.
  const name = `Dianmao ${(await readCollectorConfig(home)).site}`;
  return openAuthority({ folder: join(home, "pki"), name, clock: SYSTEM_CLOCK });
}

async function revocationListOf(home: string, authority: Authority): Promise<string> {
  try {
    return await readFile(join(home, "pki", REVOCATION_LIST_FILE), "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT")
      return authority.issueRevocationList([], REVOCATION_LIST_DAYS);
    throw new AppError("revocation-list-unreadable", (cause as Error).message, { cause });
  }
}

async function sourcesOf(api: ApiClient): Promise<NatsSource[]> {
  const sources: NatsSource[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await api.get<{ items: (NatsSource & { kind: string; state: string })[]; next: string | null }>(
      "/sources",
      { limit: 1000, cursor },
    );
    for (const { source, site, kind, state } of page.items) {
      if (kind !== "centre" && state !== "revoked") sources.push({ source, site });
    }
    if (page.next === null) return sources;
    cursor = page.next;
  }
}

function siteNames(text: string, before: string[]): string[] {
  if (!NAME_PATTERN.test(text)) throw new InvalidArgumentError(String(NAME_PATTERN));
  return [...before, text];
}
