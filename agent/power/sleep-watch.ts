/** Reads the clocks every 30 s; after a sleep asks the operating system's log for the exact times and reports both events. */
import type { Log } from "../../protocol/log.ts";
import type { PowerBody } from "../../protocol/messages/records/agent-events.ts";
import { type Clock, formatInstant } from "../../protocol/time.ts";
import type { Os } from "../os/os.ts";
import { parseEntries, SLEEP_START, SLEEP_STOP, type SleepEntry, sleepEntries } from "../probes/power/journal.ts";
import type { PowerEvent } from "../probes/power/windows-events.ts";
import { type ClockReading, READING_EVERY_MS, type Sleep, sleepBetween } from "./sleep.ts";

export interface SleepWatchDeps {
  clock: Clock;
  log: Log;
  os: Os;
  /** Seconds since boot, sleep counted (`os.uptime`). */
  uptimeSeconds: () => number;
  /** Called after each sleep; on Windows with nothing, for the log has more to tell than the clocks. */
  report: (records: PowerEvent[]) => Promise<void>;
}

/** How much earlier than the clocks' estimate the journal's entry may stand. */
const JOURNAL_SLACK_MS = READING_EVERY_MS + 30_000;

/** Returns the function that stops it. */
export function watchSleep({ clock, log, os, uptimeSeconds, report }: SleepWatchDeps): () => void {
  const read = (): ClockReading => ({
    wallMs: clock.now(),
    monotonicMs: clock.monotonic(),
    bootMs: uptimeSeconds() * 1000,
  });
  let last = read();
  /** Journal entries up to here are told already. */
  let toldMs = 0;
  let cancel = clock.after(READING_EVERY_MS, tick);

  function tick(): void {
    const now = read();
    const sleep = sleepBetween(last, now);
    last = now;
    cancel = clock.after(READING_EVERY_MS, tick);
    if (!sleep) return;
    log.info({ from: formatInstant(sleep.fellAsleepMs), to: formatInstant(sleep.wokeMs) }, "the machine slept");
    sleepRecords(os, sleep, toldMs)
      .then((records) => {
        for (const { at } of records) toldMs = Math.max(toldMs, Date.parse(at));
        return report(records);
      })
      .catch((error: unknown) => log.error({ error }, "a sleep could not be reported"));
  }

  return () => cancel();
}

async function sleepRecords(os: Os, sleep: Sleep, toldMs: number): Promise<PowerEvent[]> {
  if (os.family === "windows") return [];
  const since = Math.floor((sleep.fellAsleepMs - JOURNAL_SLACK_MS) / 1000);
  const args = ["-q", "-o", "json", "--since", `@${since}`, `MESSAGE_ID=${SLEEP_START}`, `MESSAGE_ID=${SLEEP_STOP}`];
  const ran = await os.run("journalctl", args);
  const found = ran.ok && ran.exitCode === 0 ? sleepEntries(parseEntries(ran.stdout)) : [];
  const entries = found.filter(({ atMs }) => atMs > toldMs);
  return entries.length > 0 ? entries.map(fromJournal) : fromClocks(sleep);
}

function fromJournal({ event, atMs, message }: SleepEntry): PowerEvent {
  return { at: formatInstant(atMs), body: { event, source: "journal", evidence: [message] } };
}

function fromClocks({ fellAsleepMs, wokeMs }: Sleep): PowerEvent[] {
  const body = (event: PowerBody["event"]): PowerBody => ({
    event,
    source: "clocks",
    evidence: [
      `${Math.round((wokeMs - fellAsleepMs) / 1000)} s in which only the uptime ran on; exact to ${READING_EVERY_MS / 1000} s`,
    ],
  });
  return [
    { at: formatInstant(fellAsleepMs), body: body("sleep") },
    { at: formatInstant(wokeMs), body: body("wake") },
  ];
}
