/** `dianmao staff`: the staff register, listed and imported from CSV. */
import { Command } from "commander";
import { parseStaffCsv } from "../attendance/evidence/staff-csv.ts";
import { apiCommand, type CommonFlags, EXIT_FOUND_OR_FAILED, printJson, readInput, withApi } from "./command.ts";
import { formatTable } from "./table.ts";

export function staffCommand(): Command {
  return new Command("staff")
    .description("人员台账 / the staff register")
    .addCommand(listCommand())
    .addCommand(importCommand());
}

interface StaffRow {
  person: string;
  name: string;
  unit: string;
  kind: string;
  from: string;
  to: string | null;
  users: { clock: string; user: string }[];
}

function listCommand(): Command {
  return apiCommand("list", "列出 / list")
    .option("--unit <unit>", "窗口或处室 / unit")
    .action((flags: CommonFlags & { unit?: string }) =>
      withApi(flags, async (api) => {
        const { items } = await api.get<{ items: StaffRow[] }>("/staff", { unit: flags.unit });
        if (flags.json) printJson(items);
        else {
          const rows = items.map(({ person, name, unit, kind, from, to, users }) => [
            person,
            name,
            unit,
            kind,
            from,
            to ?? "-",
            users.map(({ clock, user }) => (clock === "*" ? user : `${clock}:${user}`)).join(" "),
          ]);
          console.log(formatTable(["工号", "姓名", "窗口/处室", "类别", "自", "至", "考勤机编号"], rows));
        }
        return undefined;
      }),
    );
}

function importCommand(): Command {
  return apiCommand("import", "从 CSV 导入（UTF-8 或 GB18030）/ import from CSV")
    .argument("<file>", "列：工号,姓名,窗口/处室,类别,入驻日期,离开日期,考勤机编号")
    .option("--dry-run", "只检查 / check only")
    .action((file: string, flags: CommonFlags & { dryRun?: boolean }) =>
      withApi(flags, async (api) => {
        const { rows, errors } = parseStaffCsv(await readInput(file));
        const bodies = rows.map((body) => ({ kind: "staff.registered", body }));
        const answer =
          errors.length > 0
            ? { records: [], errors: [] }
            : await api.post<{ records: number[]; errors: { row: number; message: string }[] }>(
                "/attendance/evidence",
                {
                  rows: bodies,
                  dryRun: flags.dryRun ?? false,
                },
              );
        const all = [...errors, ...answer.errors.map(({ row, message }) => ({ line: row + 1, message }))];
        if (flags.json) printJson({ rows: rows.length, imported: answer.records.length, errors: all });
        else {
          for (const { line, message } of all) console.error(`第 ${line} 行：${message}`);
          if (all.length > 0) console.error("有误，一条也没有导入。Nothing was imported.");
          else console.log(flags.dryRun ? `检查通过：${rows.length} 人。` : `已导入 ${answer.records.length} 人。`);
        }
        return all.length > 0 ? EXIT_FOUND_OR_FAILED : undefined;
      }),
    );
}
