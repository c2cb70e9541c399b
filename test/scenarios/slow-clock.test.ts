/**
 * A clock that is 70 s slow at 08:58, and one that shows the year 2000: a simulated clock on a real port, the collector whole, and an
 * officer with the command line. Everything runs in one process, on a clock that was put back to two minutes to nine.
 */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { apiClient } from "../../collector/cli/api-client.ts";
import { addClock } from "../../collector/clocks/config.ts";
import type { PunchView } from "../../collector/console/queries/clocks.ts";
import type { DoubtfulView } from "../../collector/console/queries/doubtful-punches.ts";
import type { DriftView } from "../../collector/console/queries/drift.ts";
import type { AlertView } from "../../collector/console/queries/findings.ts";
import { startCollector } from "../../collector/main.ts";
import { instantOfLocal, localOfInstant } from "../../protocol/clock/local-time.ts";
import { SILENT_LOG } from "../../protocol/log.ts";
import type { Clock } from "../../protocol/time.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { SimulatedLine } from "../../simulators/clock/simulated-clock.ts";
import { parseFaults } from "../../simulators/faults/profile.ts";
import { temporaryFolder } from "../support/test-store.ts";

const ZONE = "Asia/Shanghai";
const DAY_MS = 24 * 60 * 60 * 1000;
const BAUD = 115_200;
const SERIAL = "SIM-SLOW";
const SLOW_MS = 70_000;
/** For processes and ports on a machine that has other things to do. */
const WAIT_MS_MAX = 60_000;
const MAIN = fileURLToPath(new URL("../../bin/dianmao.ts", import.meta.url));

/** The system's clock, put back to the last time that it was 08:58 at the site: certificates of the future are none. */
function clockAt858(): Clock {
  const today = `${localOfInstant(Date.now(), ZONE).slice(0, 10)}T08:58:00`;
  const at = instantOfLocal(today, ZONE) ?? Number.NaN;
  const behindMs = Date.now() - (at > Date.now() ? at - DAY_MS : at);
  return { ...SYSTEM_CLOCK, now: () => Date.now() - behindMs };
}

async function openWorld() {
  const clock = clockAt858();
  const deps = { clock, random: Math.random, log: SILENT_LOG };
  const home = await temporaryFolder();
  const path = join(home, "tty");
  const line = await SimulatedLine.open(
    { path, baud: BAUD, seed: 1, faults: parseFaults("none") },
    [{ number: 1, serial: SERIAL, users: [12, 13, 14], errorMs: -SLOW_MS }],
    deps,
  );
  onTestFinished(() => line.close());
  const collector = await startCollector({ home, config: { apiPort: 0, mqttPort: 0 } }, deps);
  onTestFinished(() => collector.stop());
  const api = await apiClient({ home });
  const date = localOfInstant(clock.now(), ZONE).slice(0, 10);
  await api.post("/attendance/evidence", { rows: rowsFor(date) });
  return { clock, home, path, line, device: line.device, api, date };
}

/** Two people, and a working day whatever day the test runs on. */
function rowsFor(date: string) {
  const person = (id: string, user: string) => ({
    kind: "staff.registered",
    body: {
      person: id,
      name: id,
      unit: "社保窗口",
      kind: "window",
      from: date,
      to: null,
      users: [{ clock: "*", user }],
    },
  });
  const started = { kind: "attendance.started", body: { date } };
  const workday = { kind: "calendar.day", body: { date, type: "workday", source: "test" } };
  return [started, workday, person("0012", "12"), person("0013", "13")];
}

async function dianmao(home: string, ...args: string[]): Promise<{ code: number; out: string }> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", MAIN, ...args, "--home", home]);
    return { code: 0, out: stdout };
  } catch (error) {
    const { code, stdout = "" } = error as { code?: number; stdout?: string };
    return { code: code ?? -1, out: stdout };
  }
}

async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  let found: T | undefined;
  await expect
    .poll(
      async () => {
        found = await ask();
        return found !== undefined;
      },
      { timeout: WAIT_MS_MAX, interval: 100 },
    )
    .toBe(true);
  return found as T;
}

type World = Awaited<ReturnType<typeof openWorld>>;

async function first<T>({ api }: World, path: string, query: Record<string, string>): Promise<T | undefined> {
  return (await api.get<{ items: T[] }>(path, query)).items[0];
}

/** Times shown in whole seconds, asked for on a machine that has other things to do; far from 70 s and from the year 2000. */
function near(ms: number | null | undefined, wanted: number): boolean {
  return Math.abs((ms ?? Number.NaN) - wanted) < 10_000;
}

test(
  "a clock 70 s slow at 08:58 is noticed, recorded on its punches, corrected with read-back, and alarmed",
  async () => {
    const world = await openWorld();
    const { clock, device, api } = world;
    device.punch({ user: 12, type: 0 });
    await hangUp(world);

    const punch = await eventually(() => first<PunchView>(world, "/punches", { user: "12" }));
    expect(punch.deviceTime.slice(11, 16)).toBe("08:56");
    expect(punch.offsetMs).toSatisfy((ms: number) => near(ms, -SLOW_MS));

    const drift = await eventually(async () => {
      const { items } = await api.get<{ items: DriftView[] }>(`/clocks/${SERIAL}/drift`);
      return items.some(({ event }) => event === "time-set") ? items : undefined;
    });
    const noticed = drift.find(({ reason }) => reason === "clock-wrong");
    const corrected = drift.find(({ event }) => event === "time-set");
    expect(noticed?.offsetBeforeMs).toSatisfy((ms: number) => near(ms, -SLOW_MS));
    expect(corrected).toMatchObject({ offsetBeforeMs: noticed?.offsetBeforeMs });
    expect(corrected?.offsetAfterMs).toSatisfy((ms: number) => near(ms, 0));
    expect(device.state.dial.read()).toSatisfy((ms: number) => near(ms, localMs(clock.now())));

    const alarm = await eventually(() => first<AlertView>(world, "/alerts", { rule: "CLOCK-wrong" }));
    expect(alarm.finding).toMatchObject({ subject: SERIAL, message: { zh: expect.stringContaining("考勤机慢") } });
    await eventually(() => first(world, "/findings", { rule: "CLOCK-wrong", state: "resolved" }));
  },
  2 * WAIT_MS_MAX,
);

test(
  "a clock that says year 2000 puts its punches into quarantine with a proposal that an officer can accept",
  async () => {
    const world = await openWorld();
    const { home, clock, device, line } = world;
    await hangUp(world);
    await eventually(() => first(world, "/findings", { rule: "CLOCK-wrong", state: "resolved" }));

    // Its battery is flat, and somebody punches before it is set.
    await line.powerCut(200, { timeLost: true });
    const madeAt = clock.now();
    device.punch({ user: 13, type: 0 });
    const doubtful = await eventually(async () => {
      const found = await first<DoubtfulView>(world, "/punches/doubtful", {});
      return found?.proposal?.basis === "offset" ? found : undefined;
    });
    expect(doubtful).toMatchObject({ user: "13", doubt: "before-installation", decision: null });
    expect(doubtful.deviceTime.slice(0, 4)).toBe("2000");
    expect(Date.parse(doubtful.proposal?.at ?? "")).toSatisfy((ms: number) => near(ms, madeAt));
    expect((await arrivalOf(world, "0013"))?.evidence).toEqual([]);

    const number = String(doubtful.id);
    const accept = ["quarantine", "accept", number] as const;
    expect(await dianmao(home, "quarantine", "list")).toMatchObject({ code: 1, out: expect.stringContaining(SERIAL) });
    expect(await dianmao(home, ...accept)).toMatchObject({ code: 2 });
    expect(await dianmao(home, ...accept, "--reason", "停电后时钟归零")).toMatchObject({ code: 0 });
    expect(await dianmao(home, "quarantine", "list")).toMatchObject({ code: 0 });

    const accepted = await eventually(() => first<PunchView>(world, "/punches", { user: "13", state: "accepted" }));
    expect(accepted.decision).toMatchObject({ result: "accepted", basis: "offset", reason: "停电后时钟归零" });
    expect(await arrivalOf(world, "0013")).toMatchObject({
      time: localOfInstant(Date.parse(accepted.at), ZONE).slice(11),
      evidence: [`punch-${number}`, `decision-${accepted.decision?.record}`],
    });
  },
  4 * WAIT_MS_MAX,
);

/** From now on the collector reads it. */
async function hangUp({ home, path }: World): Promise<void> {
  await addClock(home, { family: "tcb", port: path, baud: BAUD, number: 1, name: "hall" });
}

async function arrivalOf({ api, date }: World, wanted: string) {
  interface Day {
    people: { person: string; am: { time: string; evidence: string[] } }[];
  }
  const { people } = await api.get<Day>("/attendance/day", { date });
  return people.find(({ person }) => person === wanted)?.am;
}

/** As the clock's dial counts. */
function localMs(instant: number): number {
  return Date.parse(`${localOfInstant(instant, ZONE)}Z`);
}
