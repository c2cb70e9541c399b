import { describe, expect, it } from "vitest";
import { bootRecords } from "../../../agent/power/bookmark.ts";
import type { Boot, Stop } from "../../../agent/probes/power/history.ts";

const at = (day: number, hour = 0) => Date.UTC(2026, 10, day, hour);
const stop = (clean: boolean, atMs?: number): Stop => ({
  clean,
  source: "wtmp",
  evidence: ["line"],
  ...(atMs && { atMs }),
});
const boot = (day: number, bootId?: string, ending?: Stop): Boot => ({
  startedMs: at(day),
  source: "journal",
  evidence: [`day ${day}`],
  ...(bootId && { bootId }),
  ...(ending && { stop: ending }),
});

const BOOTS = [boot(20, "a", stop(true, at(20, 10))), boot(21, "b", stop(false)), boot(23, "c")];
const told = (boots: readonly Boot[], bookmark?: Parameters<typeof bootRecords>[1]) =>
  bootRecords(boots, bookmark).records.map((record) => [record.body.event, record.at, record.body.bootId]);

describe("power records of a start", () => {
  it("tells the running boot and the end of the one before on a first start, not years of history", () => {
    expect(told(BOOTS)).toEqual([
      ["unexpected-shutdown", "2026-11-23T00:00:00.000Z", "b"],
      ["boot", "2026-11-23T00:00:00.000Z", "c"],
    ]);
  });

  it("tells each boot once, however often the agent starts", () => {
    const { bookmark } = bootRecords(BOOTS, undefined);
    expect(bookmark).toEqual({ bootId: "c", startedMs: at(23) });
    expect(told(BOOTS, bookmark)).toEqual([]);
  });

  it("tells what happened while no agent ran", () => {
    expect(told(BOOTS, { bootId: "a", startedMs: at(20) })).toEqual([
      ["shutdown", "2026-11-20T10:00:00.000Z", "a"],
      ["boot", "2026-11-21T00:00:00.000Z", "b"],
      ["unexpected-shutdown", "2026-11-23T00:00:00.000Z", "b"],
      ["boot", "2026-11-23T00:00:00.000Z", "c"],
    ]);
  });

  it("goes by time where the log has no boot ids", () => {
    const boots = [boot(20, undefined, stop(true, at(20, 10))), boot(21, undefined, stop(false)), boot(23, "c")];
    expect(told(boots, { bootId: "x", startedMs: at(20) + 1000 }).map(([event]) => event)).toEqual([
      "shutdown",
      "boot",
      "unexpected-shutdown",
      "boot",
    ]);
  });

  it("tells the running boot even when the clock went back to 2000", () => {
    const reset = [
      { ...boot(20, "a"), stop: stop(true) },
      { ...boot(1, "z"), startedMs: Date.UTC(2000, 0, 1) },
    ];
    expect(told(reset, { bootId: "gone", startedMs: at(20) }).map(([event]) => event)).toEqual(["shutdown", "boot"]);
  });

  it("says nothing of an end that no log knows", () => {
    expect(told([boot(20, "a"), boot(23, "c")])).toEqual([["boot", "2026-11-23T00:00:00.000Z", "c"]]);
  });
});
