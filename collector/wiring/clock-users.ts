/** People of the staff register beside the users of a clock that this collector reads, and changes that officers order on it. */
import { localOfInstant } from "../../protocol/clock/local-time.ts";
import { AppError } from "../../protocol/errors.ts";
import type { Log } from "../../protocol/log.ts";
import type { Clock } from "../../protocol/time.ts";
import type { StaffEntry } from "../attendance/evidence/evidence-book.ts";
import { dateOfDay } from "../attendance/site-time.ts";
import type { AttendanceDesk } from "../attendance-desk/desk.ts";
import type { UserTable } from "../clocks/drivers/driver.ts";
import type { LentClock } from "../clocks/reader-main.ts";
import { applyChanges, previewChanges, type UserOutcome } from "../clocks/users/change.ts";
import { CHANGES_MAX, planUsers, REMOVALS_MAX, removalsOf, type UsersRequest } from "../clocks/users/plan.ts";
import {
  type ClockUser,
  compareWithStaff,
  type RegisteredPerson,
  type StaffComparison,
} from "../clocks/users/staff-comparison.ts";
import { decodeName } from "../clocks/users/user-names.ts";
import type { Store } from "../store/port.ts";

/** Of a clock whose table cannot be read: whoever punched on it within this counts as a user of it. */
export const PUNCHED_DAYS = 90;
const DAY_MS = 24 * 60 * 60 * 1000;

export interface ClockUsersView extends StaffComparison {
  clock: string;
  name: string;
  /** `table`: as the clock tells it. `punches`: of a clock whose table cannot be read, who punched on it lately. */
  basis: "table" | "punches";
}

export interface ClockUsersChange {
  clock: string;
  name: string;
  /** False: nothing was written, and this is what would be. */
  applied: boolean;
  /** It removes more than REMOVALS_MAX, and is not applied without `force`. */
  needsForce: boolean;
  outcomes: UserOutcome[];
}

export interface ClockUsers {
  /** Of a clock read here by the name that people gave it; any other text stays as it is. */
  serialOf(nameOrClock: string): string;
  /** By the name that people gave the clock, or its serial number. Rejects with AppError `clock-unknown`, `clock-lost`, `clock-busy`, and the clock's codes. */
  compare(clock: string): Promise<ClockUsersView>;
  /**
   * Rejects besides with AppError `users-undocumented` (a family whose documents do not say how), `too-many-removals`,
   * `too-many-changes`, `users-by-place`, `finger-needed`.
   */
  change(clock: string, request: UsersRequest & { apply: boolean; by: string }): Promise<ClockUsersChange>;
}

export interface ClockUsersDeps {
  store: Store;
  desk: Pick<AttendanceDesk, "book">;
  clock: Clock;
  log: Log;
  /** Of the site. */
  zone: string;
  find(nameOrClock: string): LentClock | undefined;
}

export function createClockUsers(deps: ClockUsersDeps): ClockUsers {
  return {
    serialOf: (nameOrClock) => deps.find(nameOrClock)?.clock ?? nameOrClock,
    async compare(nameOrClock) {
      const lent = found(nameOrClock, deps);
      const { name, family, charset } = lent.config;
      if (family === "tcb") {
        const clock = heardOf(lent);
        return { clock, name, basis: "punches", ...(await compareOn(clock, await punchersOf(clock, deps), deps)) };
      }
      return lent.lend(async ({ clock, users }) => {
        const onClock = await readTable(tableOf(users), charset);
        return { clock, name, basis: "table", ...(await compareOn(clock, onClock, deps)) };
      });
    },
    async change(nameOrClock, { apply, by, ...request }) {
      const lent = found(nameOrClock, deps);
      const { name, family, charset } = lent.config;
      if (family === "tcb") throw undocumented();
      if (family === "ef01" && request.action !== "remove") throw fingerNeeded();
      return lent.lend(async ({ clock, users, readLog }) => {
        const table = tableOf(users);
        const steps = planUsers(await compareOn(clock, await readTable(table, charset), deps), request);
        if (steps.length > CHANGES_MAX) throw tooMany(steps.length);
        const removals = removalsOf(steps);
        const needsForce = removals > REMOVALS_MAX && !request.force;
        if (needsForce && apply) throw tooManyRemovals(removals);
        const changeDeps = { table, charset, readLog };
        const outcomes = await (apply ? applyChanges(steps, changeDeps) : previewChanges(steps, changeDeps));
        if (apply) tell(clock, by, outcomes, deps.log);
        return { clock, name, applied: apply, needsForce, outcomes };
      });
    },
  };
}

function found(nameOrClock: string, { find }: ClockUsersDeps): LentClock {
  const lent = find(nameOrClock);
  if (lent) return lent;
  throw new AppError(
    "clock-unknown",
    `this collector reads no clock ${nameOrClock} / 本采集中心没有考勤机 ${nameOrClock}`,
  );
}

function heardOf({ clock, config }: LentClock): string {
  if (clock !== undefined) return clock;
  throw new AppError("clock-lost", `${config.name} has not answered yet / ${config.name} 还没有应答过`);
}

function tableOf(users: UserTable | undefined): UserTable {
  if (users) return users;
  throw undocumented();
}

async function readTable(table: UserTable, charset: LentClock["config"]["charset"]): Promise<ClockUser[]> {
  return (await table.read()).map(({ user, name }) => {
    const nameOnClock = decodeName(name, charset);
    return { user, ...(nameOnClock === "" ? {} : { nameOnClock }) };
  });
}

async function punchersOf(clock: string, { store, clock: time }: ClockUsersDeps): Promise<ClockUser[]> {
  return await store.read
    .selectFrom("punch")
    .select("user")
    .distinct()
    .where("clock", "=", clock)
    .where("at", ">=", time.now() - PUNCHED_DAYS * DAY_MS)
    .orderBy("user")
    .execute();
}

async function compareOn(clock: string, users: ClockUser[], { desk, clock: time, zone }: ClockUsersDeps) {
  const { staff } = await desk.book();
  const today = localOfInstant(time.now(), zone).slice(0, 10);
  return compareWithStaff(users, [...staff.values()].map(registered), { clock, today });
}

function registered({ id, name, from, to, users }: StaffEntry): RegisteredPerson {
  return { person: id, name, from: dateOfDay(from), to: to === undefined ? null : dateOfDay(to), users };
}

/** Who had it done stays in the collector's log. */
function tell(clock: string, by: string, outcomes: readonly UserOutcome[], log: Log): void {
  for (const { action, user, result, code } of outcomes) {
    log.info({ clock, by, action, user, result, ...(code === undefined ? {} : { code }) }, "user of a clock changed");
  }
}

function undocumented(): AppError {
  return new AppError(
    "users-undocumented",
    "how a TC_B clock's table of users is written is not documented: change its users on the clock itself / TC_B 考勤机的用户表格式没有公开文档，请在机上增删人员",
  );
}

function fingerNeeded(): AppError {
  return new AppError(
    "finger-needed",
    "a module knows nobody without a finger: use `clock enrol` / 指纹模块须按手指登记，请用 clock enrol",
  );
}

function tooMany(count: number): AppError {
  return new AppError(
    "too-many-changes",
    `${count} users at once, at most ${CHANGES_MAX}: name some of them / 一次最多变更 ${CHANGES_MAX} 人，请分批指定`,
  );
}

function tooManyRemovals(count: number): AppError {
  return new AppError(
    "too-many-removals",
    `${count} users would be removed, more than ${REMOVALS_MAX}: look at them first, then force it / 将删除 ${count} 人，超过 ${REMOVALS_MAX} 人，请核对后用 --force`,
  );
}
