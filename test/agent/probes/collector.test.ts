import { describe, expect, it } from "vitest";
import { createPartCollector } from "../../../agent/probes/collector.ts";
import type { Probe } from "../../../agent/probes/probe.ts";
import { PART_TABLE } from "../../../agent/probes/table.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import type { Parts } from "../../../protocol/messages/records/posture.ts";
import { settle, VirtualClock } from "../../support/virtual-clock.ts";
import { contextOf } from "../support/probe-context.ts";

function setUp(probe: Probe<"antivirus">) {
  const clock = new VirtualClock();
  const { os, facts, ...context } = contextOf({});
  void facts;
  const table = { ...PART_TABLE, antivirus: { linux: probe, windows: probe, timeoutMs: 40_000 } };
  return { clock, collector: createPartCollector({ os, clock, log: SILENT_LOG, table, context: () => context }) };
}

const nothing = (context: { facts: { known: (value: never[], source: string, confidence: "os-record") => unknown } }) =>
  ({ products: context.facts.known([], "x", "os-record") }) as Parts["antivirus"];

describe("probes under their limits", () => {
  it("gives a result with the time at which the look began", async () => {
    const { collector } = setUp(async (context) => nothing(context));
    expect(await collector.collect("antivirus")).toEqual({
      name: "antivirus",
      collectedAt: "2026-11-23T00:00:00.000Z",
      content: { products: { value: [], source: "x", confidence: "os-record", at: "2026-11-23T00:00:00.000Z" } },
    });
  });

  it("makes a hung probe a result, and does not start it again while it hangs", async () => {
    let started = 0;
    let release = (_: Parts["antivirus"]) => {};
    const { clock, collector } = setUp(() => {
      started++;
      return new Promise((resolve) => (release = resolve));
    });
    const first = collector.collect("antivirus");
    await clock.advance(39_999);
    await clock.advance(1);
    expect((await first).content.products).toMatchObject({
      unknown: "probe-timeout",
      detail: "no end within 40000 ms",
    });
    const second = await collector.collect("antivirus");
    expect(second.content.products).toMatchObject({
      unknown: "probe-timeout",
      detail: "the last look has not ended yet",
    });
    expect(started).toBe(1);
    release({ products: { unknown: "not-installed", at: "2026-11-23T00:00:00.000Z" } });
    await settle();
    void collector.collect("antivirus");
    await settle();
    expect(started).toBe(2);
  });

  it("answers two that ask at once by one look", async () => {
    let started = 0;
    const { collector } = setUp(async (context) => {
      started++;
      return nothing(context);
    });
    const [a, b] = await Promise.all([collector.collect("antivirus"), collector.collect("antivirus")]);
    expect(a).toBe(b);
    expect(started).toBe(1);
  });

  it("makes a broken probe a result", async () => {
    const { clock, collector } = setUp(async () => {
      throw new TypeError("undefined is not a function");
    });
    expect((await collector.collect("antivirus")).content.products).toMatchObject({
      unknown: "probe-failed",
      detail: "undefined is not a function",
    });
    expect(clock.pendingTimers).toBe(0);
  });
});
