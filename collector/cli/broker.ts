/** `dianmao broker`: configuration for a broker in place of the embedded one. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import { AppError } from "../../protocol/errors.ts";
import { NAME_PATTERN } from "../../protocol/messages/names.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { writeMosquittoConfig } from "../broker/external/mosquitto-config.ts";
import { openAuthority } from "../broker/pki/authority.ts";
import { serverNames } from "../broker/pki/server-certificate.ts";
import { readCollectorConfig } from "../config.ts";
import { REVOCATION_LIST_DAYS, REVOCATION_LIST_FILE } from "../enrolment/revocation-list.ts";
import { defaultHome } from "./api-client.ts";
import { EXIT_CALLED_WRONGLY, printJson, run } from "./command.ts";

interface Flags {
  home?: string;
  out: string;
  host: string;
  port: string;
  name: string[];
  site: string[];
  json?: boolean;
}

export function brokerCommand(): Command {
  return new Command("broker")
    .description("外部消息代理 / brokers in place of the embedded one")
    .addCommand(mosquittoCommand());
}

function mosquittoCommand(): Command {
  return new Command("mosquitto-config")
    .description(
      "生成 Mosquitto 2.0 的配置、访问控制和证书 / configuration, access control and certificate for a Mosquitto 2.0",
    )
    .requiredOption("--out <dir>", "输出目录 / folder to write to")
    .option("--home <dir>", "数据目录 / home folder (DIANMAO_HOME)")
    .option("--host <address>", "监听地址 / address to listen on", "127.0.0.1")
    .option("--port <port>", "端口 / port", "8883")
    .option("--name <name...>", "各终端访问它所用的名称 / names and addresses by which sources reach it", [])
    .option("--site <site...>", "只许这些站点 / only sources of these sites", [])
    .option("--json", "输出 JSON / print JSON")
    .action((flags: Flags) =>
      run(async () => {
        const port = Number(flags.port);
        if (
          !Number.isInteger(port) ||
          port < 1 ||
          port > 65_535 ||
          !flags.site.every((site) => NAME_PATTERN.test(site))
        ) {
          console.error("端口或站点不对 / not a port, or not a site");
          return EXIT_CALLED_WRONGLY;
        }
        const path = await writeConfig(flags, port);
        if (flags.json) printJson({ config: path });
        else console.log(`${path}\nmosquitto -c ${path}\ndianmao collector --broker mqtts://HOST:${port}`);
        return undefined;
      }),
    );
}

async function writeConfig({ home = defaultHome(), out, host, name, site }: Flags, port: number): Promise<string> {
  const folder = join(home, "pki");
  const authority = await openAuthority({ folder, name: await authorityName(home), clock: SYSTEM_CLOCK });
  const kept = await readFile(join(folder, REVOCATION_LIST_FILE), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new AppError("revocation-list-unreadable", error.message, { cause: error });
  });
  return writeMosquittoConfig(
    out,
    { host, port, sites: site },
    {
      authority,
      names: serverNames(name),
      revocationList: kept ?? (await authority.issueRevocationList([], REVOCATION_LIST_DAYS)),
      clock: SYSTEM_CLOCK,
    },
  );
}

/** As the collector names it, should this be the first to need it. */
async function authorityName(home: string): Promise<string> {
  return `Dianmao ${(await readCollectorConfig(home)).site}`;
}
