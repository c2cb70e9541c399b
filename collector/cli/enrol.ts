/** `dianmao enrol`: tokens for sources, the approval queue, revocation. */
import { Command } from "commander";
import { apiCommand, type CommonFlags, integer, printJson, showTime, withApi } from "./command.ts";
import { formatTable } from "./table.ts";

export function enrolCommand(): Command {
  return new Command("enrol")
    .description("入网登记 / enrolment of sources")
    .addCommand(tokenCommand())
    .addCommand(tokensCommand())
    .addCommand(listCommand())
    .addCommand(decideCommand("approve", "批准 / approve a waiting enrolment", "已批准。Approved."))
    .addCommand(decideCommand("refuse", "拒绝 / refuse a waiting enrolment", "已拒绝。Refused."))
    .addCommand(revokeCommand());
}

function tokenCommand(): Command {
  return apiCommand("token", "生成入网令牌，只显示一次 / make an enrolment token, shown once")
    .option("--site", "可用于多台 / for any number of sources; by default for one")
    .option(
      "--uses <n>",
      "最多用于几台（与 --site 同用）/ for at most so many sources (with --site)",
      integer(1, 100_000),
    )
    .option("--label <text>", "用途 / what it is for", "enrolment")
    .option("--days <n>", "有效天数 / valid for so many days", integer(1, 3650), 7)
    .option("--queue", "仍须批准 / sources still wait for an officer")
    .action((flags: CommonFlags & { site?: boolean; uses?: number; label: string; days: number; queue?: boolean }) =>
      withApi(flags, async (api) => {
        const made = await api.post<{ token: string; expiresAt: string | null }>("/enrolment-tokens", {
          purpose: flags.site ? "enrol-site" : "enrol-once",
          label: flags.label,
          days: flags.days,
          approves: !flags.queue,
          ...(flags.uses === undefined ? {} : { uses: flags.uses }),
        });
        if (flags.json) printJson(made);
        else console.log(`${made.token}\n有效至 ${showTime(made.expiresAt)}。valid until ${showTime(made.expiresAt)}`);
        return undefined;
      }),
    );
}

interface TokenRow {
  id: number;
  purpose: string;
  label: string;
  expiresAt: string | null;
  usedAt: string | null;
  revokedAt: string | null;
}

function tokensCommand(): Command {
  return apiCommand("tokens", "列出入网令牌 / list enrolment tokens")
    .option("--revoke <id>", "撤销其中一个 / revoke one of them")
    .action((flags: CommonFlags & { revoke?: string }) =>
      withApi(flags, async (api) => {
        if (flags.revoke) await api.post(`/enrolment-tokens/${encodeURIComponent(flags.revoke)}/revoke`);
        const { items } = await api.get<{ items: TokenRow[] }>("/enrolment-tokens");
        if (flags.json) printJson(items);
        else console.log(formatTable(["序号", "种类", "用途", "到期", "使用", "撤销"], items.map(toRow)));
        return undefined;
      }),
    );
}

function toRow({ id, purpose, label, expiresAt, usedAt, revokedAt }: TokenRow): string[] {
  const kind = purpose === "enrol-once" ? "一次" : "多次";
  return [String(id), kind, label, showTime(expiresAt), showTime(usedAt), showTime(revokedAt)];
}

interface EnrolmentRow {
  id: string;
  state: string;
  kind: string;
  hostname: string;
  address: string;
  source: string | null;
  createdAt: string;
  reason: string | null;
}

function listCommand(): Command {
  return apiCommand("list", "列出入网申请 / list enrolments")
    .option("--state <state>", "waiting | granted | refused")
    .action((flags: CommonFlags & { state?: string }) =>
      withApi(flags, async (api) => {
        const { items } = await api.get<{ items: EnrolmentRow[] }>("/enrolments", { state: flags.state });
        if (flags.json) printJson(items);
        else {
          const rows = items.map((row) => [
            row.id,
            STATES[row.state] ?? row.state,
            row.kind,
            row.hostname,
            row.address,
            row.source ?? "-",
            showTime(row.createdAt),
            row.reason ?? "",
          ]);
          console.log(formatTable(["申请", "状态", "种类", "计算机名", "地址", "编号", "时间", "原因"], rows));
        }
        return undefined;
      }),
    );
}

const STATES: Record<string, string> = { waiting: "待批准", granted: "已批准", refused: "已拒绝" };

function decideCommand(name: "approve" | "refuse", description: string, done: string): Command {
  return apiCommand(name, description)
    .argument("<id>", "申请 / enrolment")
    .option("--reason <text>", "原因 / why")
    .action((id: string, flags: CommonFlags & { reason?: string }) =>
      withApi(flags, async (api) => {
        const answer = await api.post(`/enrolments/${encodeURIComponent(id)}/${name}`, { reason: flags.reason });
        if (flags.json) printJson(answer);
        else console.log(done);
        return undefined;
      }),
    );
}

function revokeCommand(): Command {
  return apiCommand("revoke", "撤销一台的证书并断开 / revoke a source and cut it off")
    .argument("<source>", "编号 / source")
    .requiredOption("--reason <text>", "原因 / why")
    .action((source: string, flags: CommonFlags & { reason: string }) =>
      withApi(flags, async (api) => {
        const answer = await api.post(`/sources/${encodeURIComponent(source)}/revoke`, { reason: flags.reason });
        if (flags.json) printJson(answer);
        else console.log("已撤销。Revoked.");
        return undefined;
      }),
    );
}
