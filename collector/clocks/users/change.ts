/** Adds users to a clock and removes them, one by one, and believes nothing of it that the clock does not tell when it is asked again. */
import { isAppError } from "../../../protocol/errors.ts";
import type { DeviceUser, UserTable } from "../drivers/driver.ts";
import type { UserStep } from "./plan.ts";
import { decodeName, encodeName, type NameCharset } from "./user-names.ts";

export const USER_RESULTS = ["planned", "done", "refused", "failed", "not-tried"] as const;

export interface UserOutcome extends Omit<UserStep, "fault"> {
  result: (typeof USER_RESULTS)[number];
  /** A StepFault, `unread-punches`, `name-unfit`, `not-read-back`, or the code with which the clock failed. */
  code?: string;
  /** Of an addition: the name as the clock has it, cut to its field. */
  nameOnClock?: string;
}

export interface ChangeDeps {
  table: UserTable;
  charset: NameCharset | undefined;
  /** Resolves when every punch of the clock's log is in the journal: before that nobody is removed. */
  readLog(): Promise<void>;
}

/** Codes after which further users would only wait for the same failure. */
const CLOCK_AWAY: ReadonlySet<string> = new Set(["line-lost", "clock-silent", "clock-lost"]);

/** What the steps would do; nothing is written. Rejects as UserTable does. */
export async function previewChanges(steps: readonly UserStep[], deps: ChangeDeps): Promise<UserOutcome[]> {
  const nameBytesMax = await nameRoom(steps, deps);
  return steps.map((step) => outcomeOf(prepare(step, nameBytesMax, deps), "planned"));
}

/** Rejects as UserTable does before the first change; afterwards each user has a result of its own. */
export async function applyChanges(steps: readonly UserStep[], deps: ChangeDeps): Promise<UserOutcome[]> {
  const nameBytesMax = await nameRoom(steps, deps);
  await deps.table.assertWritable();
  const prepared = steps.map((step) => prepare(step, nameBytesMax, deps));
  const outcomes = await carryOut(prepared, deps);
  return outcomes.some(({ result }) => result === "done") ? readBack(prepared, outcomes, deps.table) : outcomes;
}

/** A step with the bytes of its name; `code` when it cannot be done. */
interface Prepared {
  step: UserStep;
  bytes: Uint8Array;
  nameOnClock?: string;
  code?: string;
}

async function nameRoom(steps: readonly UserStep[], { table }: ChangeDeps): Promise<number> {
  return steps.some(({ action }) => action === "add") ? table.nameBytesMax() : 0;
}

function prepare(step: UserStep, nameBytesMax: number, { charset }: ChangeDeps): Prepared {
  if (step.fault !== undefined || step.action === "remove") {
    return { step, bytes: new Uint8Array(), ...(step.fault === undefined ? {} : { code: step.fault }) };
  }
  const bytes = encodeName(step.name ?? "", nameBytesMax, charset);
  // Names end at a zero byte.
  if (bytes.includes(0)) return { step, bytes, code: "name-unfit" };
  return { step, bytes, nameOnClock: decodeName(bytes, charset) };
}

async function carryOut(prepared: readonly Prepared[], deps: ChangeDeps): Promise<UserOutcome[]> {
  const outcomes: UserOutcome[] = [];
  const removes = prepared.some(({ step, code }) => step.action === "remove" && code === undefined);
  const isRead = removes && (await isLogRead(deps));
  let away: string | undefined;
  for (const one of prepared) {
    const unread = one.step.action === "remove" && !isRead ? "unread-punches" : undefined;
    const code = one.code ?? unread ?? away;
    if (code !== undefined) {
      outcomes.push({ ...outcomeOf(one, "refused", code), ...(code === away ? { result: "not-tried" } : {}) });
      continue;
    }
    const failure = await attempt(one, deps.table);
    if (failure !== undefined && CLOCK_AWAY.has(failure)) away = failure;
    outcomes.push(failure === undefined ? outcomeOf(one, "done") : outcomeOf(one, "failed", failure));
  }
  return outcomes;
}

async function isLogRead({ readLog }: ChangeDeps): Promise<boolean> {
  return (await codeOf(readLog())) === undefined;
}

function attempt({ step: { action, user }, bytes }: Prepared, table: UserTable): Promise<string | undefined> {
  return codeOf(action === "add" ? table.add({ user, name: bytes }) : table.remove(user));
}

async function readBack(
  prepared: readonly Prepared[],
  outcomes: readonly UserOutcome[],
  table: UserTable,
): Promise<UserOutcome[]> {
  let present: DeviceUser[] | undefined;
  const failure = await codeOf(
    table.read().then((users) => {
      present = users;
    }),
  );
  return outcomes.map((outcome, index) => {
    const one = prepared[index];
    if (outcome.result !== "done" || !one) return outcome;
    if (present && isSo(one, present)) return outcome;
    return { ...outcome, result: "failed", code: failure ?? "not-read-back" };
  });
}

function isSo({ step: { action, user }, bytes }: Prepared, present: readonly DeviceUser[]): boolean {
  const there = present.find((other) => other.user === user);
  return action === "remove" ? there === undefined : there !== undefined && Buffer.from(there.name).equals(bytes);
}

function outcomeOf({ step, nameOnClock, code }: Prepared, result: UserOutcome["result"], why = code): UserOutcome {
  const { fault: _fault, ...rest } = step;
  const shown = { ...rest, ...(nameOnClock === undefined ? {} : { nameOnClock }) };
  return why === undefined
    ? { ...shown, result }
    : { ...shown, result: result === "planned" ? "refused" : result, code: why };
}

/** Undefined when it is done. */
async function codeOf(work: Promise<void>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (isAppError(error)) return error.code;
    throw error;
  }
}
