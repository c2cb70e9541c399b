/** `dianmao clock users`: the people on a clock beside the staff register, and, when told to, added to it and removed from it. */
import { Argument, Command } from "commander";
import { localOfInstant } from "../../protocol/clock/local-time.ts";
import { AppError } from "../../protocol/errors.ts";
import { parseStaffCsv } from "../attendance/evidence/staff-csv.ts";
import { configuredClock, withClock } from "../clocks/borrow-clock.ts";
import type { ClockDriver } from "../clocks/drivers/driver.ts";
import type { UserOutcome } from "../clocks/users/change.ts";
import { REMOVALS_MAX, USER_ACTIONS, type UsersRequest } from "../clocks/users/plan.ts";
import { type ClockUser, compareWithStaff, type StaffComparison } from "../clocks/users/staff-comparison.ts";
import { decodeName, type NameCharset } from "../clocks/users/user-names.ts";
import type { ClockUsersChange, ClockUsersView } from "../wiring/clock-users.ts";
import { apiClient } from "./api-client.ts";
import { type ClockCliDeps, type CommonFlags, QUIETLY, run, withCommonFlags } from "./clock-command.ts";
import { readLog, ZONE_DEFAULT } from "./clock-tools.ts";
import { EXIT_FOUND_OR_FAILED, readInput } from "./command.ts";
import { formatTable } from "./table.ts";

/** Some hundred users on a terminal that is slow to write. */
const CHANGE_MS_MAX = 10 * 60_000;

interface UsersFlags extends CommonFlags {
  server?: string;
  token?: string;
  ca?: string;
  staff?: string;
  apply: boolean;
  force: boolean;
}

type Action = UsersRequest["action"] | "compare";

const HELP = `
Without an action, or with compare: who is unknown, missing, or has left, by the collector's staff register (dianmao staff import).
The running collector asks the clock; with --staff FILE no collector may run, and the file takes the register's place.

  dianmao clock users hall                        compare
  dianmao clock users hall sync                   what would be done: the missing added, those who left removed
  dianmao clock users hall sync --apply           do it, and read it back
  dianmao clock users hall add 1001 1002 --apply  only these, of the register
  dianmao clock users hall remove 1009 --apply    only these, also unknown ones

Only id and name are written, the name in the clock's charset and cut to its field; templates, cards and passwords never. Nobody is
removed while punches of the clock are unread. More than ${REMOVALS_MAX} removals, or of people still in the register, need --force.

ZKTeco: compared, added, removed (but not where the log numbers people by their place: 8-byte entries). EF01 modules: compared
and removed; people are added with their finger by clock enrol. TC_B: who punched on it lately is compared; how its table of users
is written is not documented, so nothing is changed (exit code 2).

Exit codes: 0 they agree, or all is done; 1 they differ, or something failed; 2 called wrongly, or not possible with this clock.`;

export function usersCommand(deps: ClockCliDeps): Command {
  return withCommonFlags(new Command("users"))
    .description("users of a clock beside the staff register / 考勤机用户与人员台账对照、增删")
    .argument("<name>", "as in `clock list`, or its serial number")
    .addArgument(new Argument("[action]", "what to do").choices(["compare", ...USER_ACTIONS]).default("compare"))
    .argument("[users...]", "with add and remove: only these user ids")
    .option("--apply", "do it / 执行（默认只列出）", false)
    .option("--force", "also many, and people still in the register / 强制", false)
    .option("--staff <file>", "compare with a CSV instead: 工号,姓名,窗口/处室,类别,入驻日期,离开日期,考勤机编号")
    .option("--server <url>", "another collector, https://host:8443")
    .option("--token <token>", "bearer token (DIANMAO_TOKEN)")
    .option("--ca <file>", "PEM of the authority to trust")
    .addHelpText("after", HELP)
    .action((name: string, action: Action, users: string[], flags: UsersFlags) =>
      run(deps, async () => {
        assertMakesSense(action, users, flags);
        if (action !== "compare") return change(name, { action, users, force: flags.force }, flags, deps);
        const view =
          flags.staff === undefined
            ? await ask(name, flags, deps)
            : await compareWithFile(name, flags.staff, deps.home(flags.home));
        deps.print(flags.json ? JSON.stringify(view) : comparisonText(view));
        const { unknown, missing, left } = view;
        if (unknown.length + missing.length + left.length > 0) deps.exitWith(EXIT_FOUND_OR_FAILED);
      }),
    );
}

function assertMakesSense(action: Action, users: readonly string[], { apply, force, staff }: UsersFlags): void {
  const takesUsers = action === "add" || action === "remove";
  if (users.length > 0 && !takesUsers)
    throw new AppError("bad-request", `${action} takes no user ids / ${action} 不接受用户编号`);
  if ((apply || force) && action === "compare")
    throw new AppError("bad-request", "--apply and --force go with add, remove or sync");
  if (staff !== undefined && action !== "compare") {
    throw new AppError(
      "bad-request",
      "clocks are changed by the register, not by a file / 增删以人员台账为准，请先 dianmao staff import",
    );
  }
}

async function apiOf({ home, ...flags }: UsersFlags, deps: ClockCliDeps) {
  return apiClient({ ...flags, home: deps.home(home) });
}

async function ask(name: string, flags: UsersFlags, deps: ClockCliDeps): Promise<ClockUsersView> {
  return (await apiOf(flags, deps)).get(`/clocks/${encodeURIComponent(name)}/users`);
}

async function change(name: string, request: UsersRequest, flags: UsersFlags, deps: ClockCliDeps): Promise<void> {
  const { apply, json } = flags;
  const api = await apiOf(flags, deps);
  const path = `/clocks/${encodeURIComponent(name)}/users`;
  const done = await api.post<ClockUsersChange>(path, { ...request, apply }, CHANGE_MS_MAX);
  deps.print(json ? JSON.stringify(done) : changeText(done));
  if (done.outcomes.some(({ result }) => result !== "planned" && result !== "done"))
    deps.exitWith(EXIT_FOUND_OR_FAILED);
}

/** For a clock whose reader does not run: the file is the register. */
async function compareWithFile(name: string, path: string, home: string): Promise<StaffComparison> {
  const { rows, errors } = parseStaffCsv(await readInput(path));
  const [error] = errors;
  if (error) throw new AppError("bad-file", `${path}, line ${error.line}: ${error.message}`);
  const config = await configuredClock(home, name);
  const today = localOfInstant(QUIETLY.clock.now(), config.zone ?? ZONE_DEFAULT).slice(0, 10);
  return withClock(home, config, QUIETLY, async (driver) => {
    const { serial = `unnumbered-${name}` } = await driver.identify();
    return compareWithStaff(await usersOf(driver, config.charset), rows, { clock: serial, today });
  });
}

/** Of a clock whose table is not documented: whoever is in its log. */
async function usersOf(driver: ClockDriver, charset: NameCharset | undefined): Promise<ClockUser[]> {
  if (driver.users) {
    const users = await driver.users.read();
    return users.map(({ user, name }) => ({ user, nameOnClock: decodeName(name, charset) }));
  }
  const { records } = await driver.counts();
  return (await readLog(driver, records)).map(({ user }) => ({ user }));
}

function comparisonText({ unknown, missing, left, known }: StaffComparison): string {
  return [
    `相符 / agree: ${known.length}`,
    ...unknown.map(({ user, nameOnClock }) => `未知 / unknown: ${user}${nameOnClock ? `  ${nameOnClock}` : ""}`),
    ...missing.map(({ user, person, name }) => `缺少 / missing: ${user}  ${person} ${name}`),
    ...left.map(({ user, person, name, to }) => `已离开 / left ${to}: ${user}  ${person} ${name}`),
  ].join("\n");
}

const ACTION_WORDS = { add: "添加 / add", remove: "删除 / remove" } as const;
const RESULT_WORDS: Record<UserOutcome["result"], string> = {
  planned: "将执行 / would be done",
  done: "完成 / done",
  refused: "不执行 / refused",
  failed: "失败 / failed",
  "not-tried": "未执行 / not tried",
};
const CODE_WORDS: Record<string, string> = {
  "already-there": "机上已有",
  "has-left": "已离开",
  "not-in-register": "台账中没有",
  "in-register": "仍在台账中，须用 --force",
  "not-on-clock": "机上没有",
  "unread-punches": "有记录尚未读取",
  "name-unfit": "姓名无法写入",
  "not-read-back": "回读不一致",
};

function changeText({ applied, needsForce, outcomes }: ClockUsersChange): string {
  if (outcomes.length === 0) return "无需变更 / nothing to do";
  const rows = outcomes.map(({ action, user, name = "", nameOnClock, result, code }) => [
    ACTION_WORDS[action],
    user,
    nameOnClock === undefined || nameOnClock === name ? name : `${name} → ${nameOnClock}`,
    RESULT_WORDS[result],
    code === undefined ? "" : `${CODE_WORDS[code] ?? ""} (${code})`.trim(),
  ]);
  const table = formatTable(["动作", "用户", "姓名", "结果", "原因"], rows);
  if (applied) return table;
  const force = needsForce ? ` --force（删除超过 ${REMOVALS_MAX} 人 / more than ${REMOVALS_MAX} removals）` : "";
  return `${table}\n未写入考勤机；执行请加 / nothing was written; to do it add: --apply${force}`;
}
