/** `dianmao pc`: the register of computers (计算机登记台账, XC 1). */
import { Command } from "commander";
import { apiCommand, type CommonFlags, printJson, showTime, withApi } from "./command.ts";
import { formatTable } from "./table.ts";

export function pcCommand(): Command {
  return new Command("pc")
    .description("计算机登记台账 / the register of computers")
    .addCommand(listCommand())
    .addCommand(approveCommand())
    .addCommand(retireCommand());
}

interface PcRow {
  source: string;
  hostname: string;
  simulated: boolean;
  state: string;
  unit: string | null;
  custodian: string | null;
  role: string;
  zone: string;
  firstSeenAt: string;
}

const STATES: Record<string, string> = { pending: "待登记", approved: "已登记", retired: "已停用" };
const ROLES: Record<string, string> = { desktop: "办公电脑", server: "服务器" };
const ZONES: Record<string, string> = { inner: "内网", outer: "外网", isolated: "隔离" };

function listCommand(): Command {
  return apiCommand("list", "列出 / list")
    .option("--state <state>", "pending | approved | retired")
    .option("--unit <unit>", "窗口或处室 / unit")
    .action((flags: CommonFlags & { state?: string; unit?: string }) =>
      withApi(flags, async (api) => {
        const { items } = await api.get<{ items: PcRow[] }>("/pcs", {
          state: flags.state,
          unit: flags.unit,
          limit: 1000,
        });
        if (flags.json) printJson(items);
        else
          console.log(
            formatTable(
              ["编号", "计算机名", "状态", "窗口/处室", "责任人", "用途", "网络", "首次发现"],
              items.map(toRow),
            ),
          );
        return undefined;
      }),
    );
}

function toRow(pc: PcRow): string[] {
  return [
    pc.simulated ? `${pc.source} [模拟]` : pc.source,
    pc.hostname,
    STATES[pc.state] ?? pc.state,
    pc.unit ?? "-",
    pc.custodian ?? "-",
    ROLES[pc.role] ?? pc.role,
    ZONES[pc.zone] ?? pc.zone,
    showTime(pc.firstSeenAt),
  ];
}

interface ApproveFlags extends CommonFlags {
  unit?: string;
  custodian?: string;
  role?: string;
  zone?: string;
  note?: string;
  reason?: string;
  dryRun?: boolean;
}

function approveCommand(): Command {
  return apiCommand("approve", "登记或更正 / take into the register, or correct its entry")
    .argument("<source>", "编号 / source")
    .option("--unit <unit>", "窗口或处室 / unit")
    .option("--custodian <name>", "责任人 / custodian")
    .option("--role <role>", "desktop | server")
    .option("--zone <zone>", "inner | outer | isolated")
    .option("--note <text>", "备注 / note")
    .option("--reason <text>", "原因 / why")
    .option("--dry-run", "只检查，不登记 / check only")
    .action((source: string, { unit, custodian, role, zone, note, reason, dryRun, ...flags }: ApproveFlags) =>
      withApi(flags, async (api) => {
        const answer = await api.post(`/pcs/${encodeURIComponent(source)}/approve`, {
          unit,
          custodian,
          role,
          zone,
          note,
          reason,
          dryRun,
        });
        if (flags.json) printJson(answer);
        else console.log(dryRun ? "检查通过，未登记。Checked only." : "已登记。Registered.");
        return undefined;
      }),
    );
}

function retireCommand(): Command {
  return apiCommand("retire", "停用 / take off the register")
    .argument("<source>", "编号 / source")
    .requiredOption("--reason <text>", "原因 / why")
    .option("--dry-run", "只检查 / check only")
    .action((source: string, flags: CommonFlags & { reason: string; dryRun?: boolean }) =>
      withApi(flags, async (api) => {
        const { reason, dryRun } = flags;
        const answer = await api.post(`/pcs/${encodeURIComponent(source)}/retire`, { reason, dryRun });
        if (flags.json) printJson(answer);
        else console.log(dryRun ? "检查通过，未停用。Checked only." : "已停用。Retired.");
        return undefined;
      }),
    );
}
