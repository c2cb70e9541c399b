/** `dianmao collector`: run the centre, rebuild its projections, copy and restore its database, read clocks for another centre. */
import { mkdir } from "node:fs/promises";
import { Command, Option } from "commander";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { CERTIFICATE_DAYS_MAX, CERTIFICATE_DAYS_MIN, type CollectorConfigInput } from "../config.ts";
import { jsonLog } from "../json-log.ts";
import { databasePath, startCollector } from "../main.ts";
import { startReaderHost } from "../readers.ts";
import { backupDatabase, restoreDatabase } from "../store/copy.ts";
import { defaultHome } from "./api-client.ts";
import { integer, port, run } from "./command.ts";
import { driverOf, type RebuildFlags, rebuildHome } from "./rebuild.ts";
import { type RetentionFlags, retainHome } from "./retention.ts";
import { tokenCommand } from "./token.ts";

interface RunFlags {
  home?: string;
  host?: string;
  apiPort?: number;
  mqttPort?: number;
  broker?: string;
  site?: string;
  zone?: string;
  name?: string[];
  sqlite?: "sqlite3" | "node";
  certificateDays?: number;
  logLevel?: "debug" | "info" | "warn" | "error";
  json?: boolean;
}

export function collectorCommand(): Command {
  const command = new Command("collector").description("采集中心 / the centre: broker, database, rules, API");
  command.addCommand(runCommand(), { isDefault: true });
  command.addCommand(readCommand());
  command.addCommand(rebuildCommand());
  command.addCommand(retentionCommand());
  command.addCommand(backupCommand());
  command.addCommand(restoreCommand());
  command.addCommand(tokenCommand());
  return command;
}

function withHome(name: string, description: string): Command {
  return new Command(name).description(description).option("--home <dir>", "数据目录 / home folder (DIANMAO_HOME)");
}

function runCommand(): Command {
  return withHome("run", "运行采集中心（默认）/ run the centre (default)")
    .option("--host <address>", "监听地址，默认只监听本机 / listen here (127.0.0.1)")
    .option("--api-port <n>", "HTTPS 端口 / port of the API, 0 = any (8443)", port)
    .option("--mqtt-port <n>", "MQTT 端口 / port of the broker, 0 = any (8883)", port)
    .option("--broker <url>", "外部消息代理 / external broker, mqtts://host:port")
    .option("--site <name>", "站点名 / name of the site")
    .option("--zone <zone>", "时区 / IANA zone (Asia/Shanghai)")
    .option("--name <name...>", "本机的域名或地址 / names and addresses that sources use")
    .option(
      "--certificate-days <n>",
      "上报端证书有效天数 / life of sources' certificates (90)",
      integer(CERTIFICATE_DAYS_MIN, CERTIFICATE_DAYS_MAX),
    )
    .addOption(new Option("--sqlite <driver>", "数据库驱动 / database driver").choices(["sqlite3", "node"]))
    .addOption(new Option("--log-level <level>", "日志级别 / log level").choices(["debug", "info", "warn", "error"]))
    .option("--json", "以 JSON 报告就绪 / say in JSON that it runs")
    .action((flags: RunFlags) => run(() => runCollector(flags).finally(letGo)));
}

async function runCollector(flags: RunFlags): Promise<undefined> {
  const home = flags.home ?? defaultHome();
  const config = toConfig(flags);
  const log = jsonLog(flags.logLevel ?? "warn", "collector");
  const stopped = untilStopped();
  const collector = await startCollector({ home, config }, { clock: SYSTEM_CLOCK, random: Math.random, log });
  const { apiUrl, mqttUrl, caFile, caFingerprint } = collector;
  const ready = { event: "ready", home, apiUrl, mqttUrl, caFile, caFingerprint };
  process.send?.(ready);
  if (flags.json) console.log(JSON.stringify(ready));
  else
    console.log(
      `采集中心已运行：接口 ${apiUrl}，MQTT ${mqttUrl}，数据目录 ${home}\nThe collector runs: API ${apiUrl}, MQTT ${mqttUrl}.`,
    );
  await stopped;
  await collector.stop();
  return undefined;
}

/** SIGINT, SIGTERM, or the end of the process that started it. */
function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve());
    if (process.connected) process.once("disconnect", () => resolve());
  });
}

/** The channel to the process that started this one would keep it alive. */
function letGo(): void {
  if (process.connected) process.disconnect();
}

function toConfig({ name, json: _json, home: _home, ...rest }: RunFlags): CollectorConfigInput {
  return {
    ...rest,
    ...(name === undefined ? {} : { names: name }),
  };
}

interface ReadFlags {
  home?: string;
  server: string;
  token?: string;
  ca?: string;
  caFingerprint?: string;
  broker?: string;
  zone: string;
  wanted?: string;
  simulated?: boolean;
}

function readCommand(): Command {
  return withHome("read", "只读考勤机，上报给别处的中心 / only read clocks, for a centre elsewhere")
    .requiredOption("--server <url>", "中心地址 / the centre, https://host:8443")
    .addOption(new Option("--token <token>", "入网令牌 / enrolment token").env("DIANMAO_TOKEN"))
    .option("--ca <file>", "证书机构文件 / PEM of the centre's authority")
    .option("--ca-fingerprint <hex>", "或其指纹 / or its SHA-256 fingerprint")
    .option("--broker <url>", "不用中心告知的消息代理 / another broker than the centre names")
    .option("--zone <zone>", "时区 / IANA zone", "Asia/Shanghai")
    .option("--wanted <name>", "希望的名称 / the name wanted")
    .option("--simulated", "标明为模拟 / mark as simulated")
    .action((flags: ReadFlags) => run(() => readClocks(flags).finally(letGo)));
}

async function readClocks(flags: ReadFlags): Promise<undefined> {
  const home = flags.home ?? defaultHome();
  await mkdir(home, { recursive: true, mode: 0o700 });
  const stopped = untilStopped();
  const centre = {
    url: flags.server,
    ...(flags.ca === undefined ? {} : { caFile: flags.ca }),
    ...(flags.caFingerprint === undefined ? {} : { caFingerprint: flags.caFingerprint }),
  };
  const { zone, broker, wanted, simulated } = flags;
  const host = await startReaderHost(
    {
      home,
      zone,
      centre,
      token: async () => flags.token,
      ...(broker === undefined ? {} : { broker }),
      ...(wanted === undefined ? {} : { wanted }),
      ...(simulated ? { simulated } : {}),
    },
    { clock: SYSTEM_CLOCK, random: Math.random, log: jsonLog("warn", "reader") },
  );
  await host.settled();
  process.send?.({ event: "ready" });
  await stopped;
  await host.stop();
  return undefined;
}

function rebuildCommand(): Command {
  return withHome(
    "rebuild",
    "按证据全部重算，可在运行中进行 / compute everything again from the evidence, also while it runs",
  )
    .option("--json", "输出 JSON / print JSON")
    .action((flags: RebuildFlags) => run(() => rebuildHome(flags)));
}

function retentionCommand(): Command {
  return withHome(
    "retention",
    "删除到期的电脑上报记录，每天自动进行 / remove what is over its time, which happens daily by itself",
  )
    .option("--dry-run", "只列出，不删除 / only say what would go")
    .option("--json", "输出 JSON / print JSON")
    .action((flags: RetentionFlags) => run(() => retainHome(flags)));
}

function backupCommand(): Command {
  return withHome("backup", "备份数据库，可在运行中进行 / copy the database to a file, also while it is in use")
    .argument("<file>", "备份到 / the copy")
    .action((file: string, { home = defaultHome() }: { home?: string }) =>
      run(async () => {
        await backupDatabase(databasePath(home), file, await driverOf(home));
        console.log(`已备份到 ${file}。Copied to ${file}.`);
        return undefined;
      }),
    );
}

function restoreCommand(): Command {
  return withHome("restore", "从备份恢复；各上报端会自动补传 / put a copy back; the sources fill it up again")
    .argument("<file>", "备份文件 / the copy")
    .action((file: string, { home = defaultHome() }: { home?: string }) =>
      run(async () => {
        const deps = { openDriver: await driverOf(home), now: () => SYSTEM_CLOCK.now() };
        const { kept } = await restoreDatabase(file, databasePath(home), deps);
        console.log(`已恢复；原数据库保留为 ${kept ?? "-"}。Restored; the old database is kept as ${kept ?? "-"}.`);
        return undefined;
      }),
    );
}
