import { describe, expect, it } from "vitest";
import { sleepBetween } from "../../../agent/power/sleep.ts";
import { watchSleep } from "../../../agent/power/sleep-watch.ts";
import type { PowerEvent } from "../../../agent/probes/power/windows-events.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { fakeOs } from "../support/fake-os.ts";

const before = { wallMs: 1_000_000_000_000, monotonicMs: 50_000, bootMs: 90_000 };
const later = (wall: number, monotonic: number, boot: number) => ({
  wallMs: before.wallMs + wall,
  monotonicMs: before.monotonicMs + monotonic,
  bootMs: before.bootMs + boot,
});

describe("sleep seen from inside", () => {
  it("is the time in which only the uptime ran on", () => {
    const woke = before.wallMs + 3_630_000;
    expect(sleepBetween(before, later(3_630_000, 30_000, 3_630_000))).toEqual({
      fellAsleepMs: woke - 3_600_000,
      wokeMs: woke,
    });
  });

  it("is not a step of the wall clock, forwards or backwards", () => {
    expect(sleepBetween(before, later(3_630_000, 30_000, 30_000))).toBeUndefined();
    expect(sleepBetween(before, later(-86_400_000, 30_000, 30_010))).toBeUndefined();
  });

  it("is not a busy machine", () => {
    expect(sleepBetween(before, later(34_000, 34_000, 34_000))).toBeUndefined();
    expect(sleepBetween(before, later(30_000, 30_000, 34_990))).toBeUndefined();
  });

  it("shows as a late reading where every clock runs on", () => {
    const woke = before.wallMs + 7_200_000;
    expect(sleepBetween(before, later(7_200_000, 7_200_000, 7_200_000))).toEqual({
      fellAsleepMs: woke - 7_170_000,
      wokeMs: woke,
    });
  });
});

describe("the sleep watch", () => {
  async function sleepOnce(commands: Record<string, string>): Promise<PowerEvent[]> {
    const clock = new VirtualClock();
    let sleptSeconds = 0;
    const told: PowerEvent[] = [];
    const stop = watchSleep({
      clock,
      log: SILENT_LOG,
      os: fakeOs({ commands }),
      uptimeSeconds: () => clock.monotonic() / 1000 + sleptSeconds,
      report: async (records) => void told.push(...records),
    });
    await clock.advance(45_000);
    sleptSeconds = 600;
    await clock.advance(45_000);
    stop();
    expect(clock.pendingTimers).toBe(0);
    return told;
  }

  const line = (id: string, usec: number, MESSAGE: string) =>
    JSON.stringify({
      MESSAGE_ID: id,
      __REALTIME_TIMESTAMP: String(usec),
      MESSAGE,
      SYSLOG_IDENTIFIER: "systemd-sleep",
    });
  const asleep = (usec: number) =>
    line("6bbd95ee977941e497c48be27c254128", usec, "Performing sleep operation 'suspend'...");
  const awake = (usec: number) =>
    line("8811e6df2a8e40f58a94cea26f8ebf14", usec, "System returned from sleep operation 'suspend'.");
  const FIRST = [asleep(1795392050123000), awake(1795392650456000)];

  it("takes the exact times from the journal", async () => {
    expect(await sleepOnce({ "journalctl -q -o json --since": FIRST.join("\n") })).toMatchObject([
      { at: "2026-11-23T00:00:50.123Z", body: { event: "sleep", source: "journal" } },
      { at: "2026-11-23T00:10:50.456Z", body: { event: "wake", source: "journal" } },
    ]);
  });

  it("tells each of two sleeps once that follow each other closely", async () => {
    const clock = new VirtualClock();
    const commands = { "journalctl -q -o json --since": FIRST.join("\n") };
    let sleptSeconds = 0;
    const told: string[] = [];
    const stop = watchSleep({
      clock,
      log: SILENT_LOG,
      os: fakeOs({ commands }),
      uptimeSeconds: () => clock.monotonic() / 1000 + sleptSeconds,
      report: async (records) => void told.push(...records.map(({ at, body }) => `${body.event} ${at}`)),
    });
    await clock.advance(15_000);
    sleptSeconds = 600;
    await clock.advance(30_000);
    expect(told).toHaveLength(2);
    const second = [asleep(1795392660000000), awake(1795392700000000)];
    commands["journalctl -q -o json --since"] = [...FIRST, ...second].join("\n");
    sleptSeconds += 40;
    await clock.advance(30_000);
    stop();
    expect(told).toEqual([
      "sleep 2026-11-23T00:00:50.123Z",
      "wake 2026-11-23T00:10:50.456Z",
      "sleep 2026-11-23T00:11:00.000Z",
      "wake 2026-11-23T00:11:40.000Z",
    ]);
  });

  it("estimates them by the clocks where there is no journal", async () => {
    const told = await sleepOnce({});
    expect(told.map(({ body }) => [body.event, body.source])).toEqual([
      ["sleep", "clocks"],
      ["wake", "clocks"],
    ]);
  });
});
