/** `dianmao ip`: the IP ledger (WG 14). */
import { Command } from "commander";
import { apiCommand, type CommonFlags, printJson, withApi } from "./command.ts";
import { formatTable } from "./table.ts";

export function ipCommand(): Command {
  return new Command("ip")
    .description("IP 台账 / the IP ledger")
    .addCommand(listCommand())
    .addCommand(grantCommand())
    .addCommand(revokeCommand());
}

interface GrantRow {
  id: number;
  source: string;
  address: string;
  from: string;
  to: string | null;
  reference: string;
  grantedBy: string;
  revokedAt: string | null;
  revokeReason: string | null;
}

function listCommand(): Command {
  return apiCommand("list", "列出 / list")
    .option("--source <source>", "编号 / source")
    .option("--address <address>", "地址 / address")
    .option("--revoked", "包括已收回的 / those taken back too")
    .action((flags: CommonFlags & { source?: string; address?: string; revoked?: boolean }) =>
      withApi(flags, async (api) => {
        const { source, address, revoked } = flags;
        const { items } = await api.get<{ items: GrantRow[] }>("/ip-grants", { source, address, revoked, limit: 1000 });
        if (flags.json) printJson(items);
        else console.log(formatTable(["序号", "编号", "地址", "自", "至", "文号", "批准", "收回"], items.map(toRow)));
        return undefined;
      }),
    );
}

function toRow(row: GrantRow): string[] {
  const taken = row.revokedAt ? `${row.revokedAt.slice(0, 10)} ${row.revokeReason ?? ""}` : "";
  return [String(row.id), row.source, row.address, row.from, row.to ?? "长期", row.reference, row.grantedBy, taken];
}

function grantCommand(): Command {
  return apiCommand("grant", "批准使用一个地址 / grant an address to a PC")
    .argument("<source>", "编号 / source")
    .argument("<address>", "地址或网段 / address, or a segment for DHCP")
    .option("--from <date>", "自（含）/ from, YYYY-MM-DD, today by default")
    .option("--to <date>", "至（含）/ to, YYYY-MM-DD, until revoked by default")
    .requiredOption("--reference <text>", "申请文号 / number of the application")
    .option("--reason <text>", "原因 / why")
    .option("--dry-run", "只检查 / check only")
    .action(
      (
        source: string,
        address: string,
        flags: CommonFlags & { from?: string; to?: string; reference: string; reason?: string; dryRun?: boolean },
      ) =>
        withApi(flags, async (api) => {
          const { from, to, reference, reason, dryRun } = flags;
          const answer = await api.post<{ record: number | null }>("/ip-grants", {
            source,
            address,
            from,
            to,
            reference,
            reason,
            dryRun,
          });
          if (flags.json) printJson(answer);
          else
            console.log(
              dryRun
                ? "检查通过，未批准。Checked only."
                : `已批准，序号 ${answer.record}。Granted, number ${answer.record}.`,
            );
          return undefined;
        }),
    );
}

function revokeCommand(): Command {
  return apiCommand("revoke", "收回 / take a grant back")
    .argument("<number>", "序号 / number of the grant")
    .requiredOption("--reason <text>", "原因 / why")
    .option("--dry-run", "只检查 / check only")
    .action((id: string, flags: CommonFlags & { reason: string; dryRun?: boolean }) =>
      withApi(flags, async (api) => {
        const { reason, dryRun } = flags;
        const answer = await api.post(`/ip-grants/${encodeURIComponent(id)}/revoke`, { reason, dryRun });
        if (flags.json) printJson(answer);
        else console.log(dryRun ? "检查通过，未收回。Checked only." : "已收回。Revoked.");
        return undefined;
      }),
    );
}
