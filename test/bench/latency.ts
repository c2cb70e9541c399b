/**
 * `npm run bench -- latency [--punches 500]`: from the last byte of a push on the clock's line to the committed row, to the event
 * stream, and to the changed attendance status on it, beside the time that a bare socket round trip on this machine takes in the same run.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { connect as connectSocket, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { ApiClient } from "../../collector/cli/api-client.ts";
import { addClock } from "../../collector/clocks/config.ts";
import type { PunchView } from "../../collector/console/queries/clocks.ts";
import { databasePath } from "../../collector/main.ts";
import { openSqlite3Driver } from "../../collector/store/sqlite3-driver.ts";
import { ClockProcess } from "../../simulators/clock/client.ts";
import { startCollector } from "../support/collector-process.ts";
import { quantile, round } from "./figures.ts";

const BAUD = 115_200;
/** A push is 25 bytes of ten bits each. */
const PUSH_LINE_MS = (25 * 10 * 1000) / BAUD;
const PAUSE_MS = 40;
const WAIT_MS_MAX = 5000;
const READY_MS_MAX = 60_000;

interface Sample {
  committedMs: number;
  eventMs: number;
  statusMs: number;
}

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { punches: { type: "string" }, json: { type: "boolean" } } });
  const count = Number(values.punches ?? 500);
  const folder = await mkdtemp(join(tmpdir(), "dianmao-latency-"));
  const users = Array.from({ length: count }, (_, index) => index + 1);
  const clock = await ClockProcess.start({ path: join(folder, "clock"), baud: BAUD, clocks: [{ users }] });
  await addClock(folder, { family: "tcb", port: join(folder, "clock"), baud: BAUD, number: 1, name: "bench" });
  const collector = await startCollector({ home: folder });
  try {
    const samples = await measure(clock, folder, collector, count);
    const baseline = await echo(count);
    print(samples, baseline, values.json ?? false);
  } finally {
    await collector.stop();
    await clock.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(
  clock: ClockProcess,
  home: string,
  collector: Awaited<ReturnType<typeof startCollector>>,
  count: number,
): Promise<Sample[]> {
  const api = await collector.api();
  await registerStaff(api, count);
  const seen = new Map<string, number>();
  const judged = new Map<string, number>();
  const abort = new AbortController();
  const listening = (async () => {
    for await (const { event, data } of api.events(["punch", "attendance"], abort.signal)) {
      if (event === "punch") seen.set((data as PunchView).user, now());
      else judged.set((data as { person: string }).person, now());
    }
  })();
  const driver = await openSqlite3Driver({ path: databasePath(home), mode: "read", busyTimeoutMs: 1000 });
  const samples: Sample[] = [];
  try {
    await untilOnline(api);
    for (let user = 1; user <= count; user++) {
      judged.delete(String(user));
      const made = await clock.punch(user);
      if ("refused" in made) throw new Error(`the clock took no punch: ${made.refused}`);
      const lastByteAt = made.at + PUSH_LINE_MS;
      const committedAt = await until(async () => {
        const { rows } = await driver.query(
          "select 1 from record where id > ? and kind = 'punch' and json_extract(body, '$.user') = ? limit 1",
          [Math.max(0, user - 2), String(user)],
        );
        return rows.length > 0 ? now() : undefined;
      });
      const eventAt = await until(async () => seen.get(String(user)));
      const statusAt = await until(async () => judged.get(String(user)));
      samples.push({
        committedMs: committedAt - lastByteAt,
        eventMs: eventAt - lastByteAt,
        statusMs: statusAt - lastByteAt,
      });
      await pause(PAUSE_MS);
    }
    return samples;
  } finally {
    abort.abort();
    await listening.catch(() => {});
    await driver.close();
  }
}

/** Everybody with a user id of the same number; today and yesterday are working days, so that each first punch changes a status. */
async function registerStaff(api: ApiClient, count: number): Promise<void> {
  const site = (at: number) => new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai" }).format(at);
  const dates = [site(Date.now() - 24 * 60 * 60 * 1000), site(Date.now())];
  const days = dates.map((date) => ({ kind: "calendar.day", body: { date, type: "workday", source: "bench" } }));
  const staff = Array.from({ length: count }, (_, index) => String(index + 1)).map((person) => ({
    kind: "staff.registered",
    body: {
      person,
      name: person,
      unit: "bench",
      kind: "window",
      from: dates[0],
      to: null,
      users: [{ clock: "*", user: person }],
    },
  }));
  const started = { kind: "attendance.started", body: { date: dates[0] } };
  const answer = await api.post<{ errors: unknown[] }>("/attendance/evidence", { rows: [started, ...days, ...staff] });
  if (answer.errors.length > 0) throw new Error(`the register was refused: ${JSON.stringify(answer.errors[0])}`);
}

async function untilOnline(api: { get<T>(path: string): Promise<T> }): Promise<void> {
  const end = Date.now() + READY_MS_MAX;
  while (Date.now() < end) {
    const { items } = await api.get<{ items: { state: string }[] }>("/clocks");
    if (items.some(({ state }) => state === "online")) return;
    await pause(200);
  }
  throw new Error("the clock did not come online");
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  const end = Date.now() + WAIT_MS_MAX;
  while (Date.now() < end) {
    const found = await look();
    if (found !== undefined) return found;
    await pause(1);
  }
  throw new Error("a punch did not arrive");
}

/** Round trips of one byte over loopback: what this machine's scheduler alone costs. */
async function echo(count: number): Promise<number[]> {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const socket = connectSocket(port, "127.0.0.1");
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    const startedAt = now();
    socket.write("x");
    await new Promise((resolve) => socket.once("data", resolve));
    times.push(now() - startedAt);
    await pause(2);
  }
  socket.destroy();
  server.close();
  return times;
}

function print(samples: Sample[], baseline: number[], asJson: boolean): void {
  const rows = {
    "loopback echo (baseline)": quantiles(baseline),
    "last byte -> committed row": quantiles(samples.map(({ committedMs }) => committedMs)),
    "last byte -> event stream": quantiles(samples.map(({ eventMs }) => eventMs)),
    "last byte -> changed status": quantiles(samples.map(({ statusMs }) => statusMs)),
  };
  const base = rows["loopback echo (baseline)"].p99;
  if (asJson) console.log(JSON.stringify(rows));
  else
    console.table(
      Object.fromEntries(
        Object.entries(rows).map(([name, row]) => [name, { ...row, "p99 ratio": round(row.p99 / base) }]),
      ),
    );
}

function quantiles(values: number[]) {
  const at = (share: number) => round(quantile(values, share));
  return { "p50 ms": at(0.5), "p95 ms": at(0.95), p99: at(0.99), "max ms": at(1), n: values.length };
}

/** Wall clock with fractions of a ms: comparable between processes of this machine. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
