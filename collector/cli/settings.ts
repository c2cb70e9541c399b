/** `dianmao settings`: what officers may change, and who changed it when and why. */
import { Command } from "commander";
import type { SettingChangeView, SettingView } from "../console/routes/settings.ts";
import { apiCommand, type CommonFlags, printJson, showTime, withApi } from "./command.ts";
import { formatTable } from "./table.ts";

/** The longest page that the interface gives. */
const HISTORY_MAX = 1000;

export function settingsCommand(): Command {
  return new Command("settings")
    .description("规则和考勤的参数 / thresholds that officers may change")
    .addCommand(listCommand())
    .addCommand(setCommand())
    .addCommand(historyCommand());
}

function listCommand(): Command {
  return apiCommand("list", "列出现行参数 / list them as they stand").action((flags: CommonFlags) =>
    withApi(flags, async (api) => {
      const { items } = await api.get<{ items: SettingView[] }>("/settings");
      if (flags.json) printJson(items);
      else
        console.log(
          formatTable(
            ["参数", "含义", "现值", "单位", "初始值", "取值范围", "条款", "决定"],
            items.map((setting) => toRow(setting, flags.lang)),
          ),
        );
      return undefined;
    }),
  );
}

function toRow(
  { key, title, value, unit, initial, bounds, article, decided }: SettingView,
  lang: "zh" | "en",
): string[] {
  const decision = decided ? `${showTime(decided.decidedAt)} ${decided.decidedBy}` : "-";
  return [key, title[lang], say(value), unit, say(initial), bounds, article, decision];
}

function setCommand(): Command {
  return apiCommand("set", "更改一个参数：电脑规则立即、考勤自次日起按新值判定 / change one")
    .argument("<key>", "参数 / setting")
    .argument("<value>", "新值 / value; null: 无")
    .requiredOption("--reason <text>", "原因 / why")
    .option("--dry-run", "只检查，不更改 / check only")
    .action((key: string, text: string, flags: CommonFlags & { reason: string; dryRun?: boolean }) =>
      withApi(flags, async (api) => {
        const { reason, dryRun } = flags;
        const answer = await api.post<{ setting: { before: SettingView["value"]; value: SettingView["value"] } }>(
          `/settings/${encodeURIComponent(key)}`,
          { value: readValue(text), reason, dryRun },
        );
        const { before, value } = answer.setting;
        if (flags.json) printJson(answer);
        else
          console.log(
            dryRun
              ? "检查通过，未更改。Checked only."
              : `已更改：${key} 由 ${say(before)} 改为 ${say(value)}。Changed.`,
          );
        return undefined;
      }),
    );
}

function historyCommand(): Command {
  return apiCommand("history", "更改记录，新的在前 / changes, newest first")
    .argument("[key]", "只列此参数 / of this setting only")
    .action((key: string | undefined, flags: CommonFlags) =>
      withApi(flags, async (api) => {
        const { items } = await api.get<{ items: SettingChangeView[] }>("/settings/history", {
          key,
          limit: HISTORY_MAX,
        });
        if (flags.json) printJson(items);
        else
          console.log(
            formatTable(
              ["时间", "参数", "新值", "决定人", "原因"],
              items.map((row) => [showTime(row.decidedAt), row.key, say(row.value), row.decidedBy, row.reason]),
            ),
          );
        return undefined;
      }),
    );
}

/** A number, true, false, null, or a word. */
function readValue(text: string): SettingView["value"] {
  if (["true", "false", "null"].includes(text)) return JSON.parse(text);
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function say(value: SettingView["value"]): string {
  return value === null ? "无" : String(value);
}
