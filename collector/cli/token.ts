/** `dianmao collector token`: bearer tokens of the API. */
import { Command } from "commander";
import { apiCommand, type CommonFlags, integer, printJson, showTime, withApi } from "./command.ts";
import { formatTable } from "./table.ts";

interface TokenRow {
  id: number;
  label: string;
  scope: string[];
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
}

export function tokenCommand(): Command {
  return new Command("token")
    .description("接口令牌 / bearer tokens of the API")
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand());
}

function createCommand(): Command {
  return apiCommand("create", "生成令牌，只显示一次 / make a token, shown once")
    .requiredOption("--label <text>", "给谁、做什么用 / who it is for")
    .option("--scope <scope...>", "read | write | enrol | admin", ["read"])
    .option("--days <n>", "有效天数，0 为长期 / valid for so many days, 0 = until revoked", integer(0, 3650), 365)
    .action((flags: CommonFlags & { label: string; scope: string[]; days: number }) =>
      withApi(flags, async (api) => {
        const days = flags.days || null;
        const made = await api.post<{ token: string }>("/tokens", { label: flags.label, scopes: flags.scope, days });
        if (flags.json) printJson(made);
        else console.log(made.token);
        return undefined;
      }),
    );
}

function listCommand(): Command {
  return apiCommand("list", "列出令牌（不显示令牌本身）/ list tokens, never the token itself").action(
    (flags: CommonFlags) =>
      withApi(flags, async (api) => {
        const { items } = await api.get<{ items: TokenRow[] }>("/tokens");
        if (flags.json) printJson(items);
        else console.log(formatTable(["序号", "用途", "权限", "生成", "到期", "撤销"], items.map(toRow)));
        return undefined;
      }),
  );
}

function toRow({ id, label, scope, createdAt, expiresAt, revokedAt }: TokenRow): string[] {
  return [String(id), label, scope.join(" "), showTime(createdAt), showTime(expiresAt), showTime(revokedAt)];
}

function revokeCommand(): Command {
  return apiCommand("revoke", "撤销令牌 / revoke a token")
    .argument("<id>", "序号 / number")
    .action((id: string, flags: CommonFlags) =>
      withApi(flags, async (api) => {
        await api.post(`/tokens/${encodeURIComponent(id)}/revoke`);
        console.log("已撤销。Revoked.");
        return undefined;
      }),
    );
}
