import { describe, expect, it } from "vitest";
import { SILENT_LOG } from "../../../protocol/log.ts";
import type { ContractRecord } from "../../../protocol/messages/records.ts";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import type { OpenSource, Source, SourceOptions } from "../../../protocol/uplink/source.ts";
import { OfficePc } from "../../../simulators/pcs/office-pc.ts";
import type { SimulatedPc } from "../../../simulators/pcs/pc.ts";
import { createPopulation } from "../../../simulators/pcs/population.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

/** A source that only remembers what it was given. */
function recordingSource() {
  const opened: SourceOptions[] = [];
  const records: ContractRecord[] = [];
  const stops: string[] = [];
  const openSource: OpenSource = async (options) => {
    opened.push(options);
    const source: Partial<Source> = {
      append: async (record) => records.push(record),
      flush: async () => true,
      stop: async (cause) => void stops.push(cause),
    };
    return source as Source;
  };
  return { openSource, opened, records, stops };
}

function pcWith(planted: SimulatedPc["planted"]): SimulatedPc {
  const pc = createPopulation(40, 7).pcs.find((other) => other.planted === planted);
  if (!pc) throw new Error(`no PC with ${planted}`);
  return pc;
}

function newPc(pc: SimulatedPc) {
  const recording = recordingSource();
  const clock = new VirtualClock();
  const centre = { url: "https://127.0.0.1:8443", token: "t", caFile: "/ca.pem" };
  const deps = { openSource: recording.openSource, clock, random: seededRandom(1), log: SILENT_LOG };
  return { ...recording, clock, officePc: new OfficePc(pc, "/home", centre, deps) };
}

describe("a simulated PC", () => {
  it("enrols as itself, marked as simulated, with the token and the authority it was given", async () => {
    const pc = pcWith(null);
    const { officePc, opened } = newPc(pc);
    await officePc.start();
    expect(opened).toEqual([
      {
        home: `/home/${pc.wanted}`,
        kind: "agent",
        centre: { url: "https://127.0.0.1:8443", token: "t", caFile: "/ca.pem" },
        machine: pc.machine,
        fingerprint: pc.fingerprint,
        hostname: pc.hostname,
        version: "simulated",
        wanted: pc.wanted,
        simulated: true,
      },
    ]);
  });

  it("reports its boot and its posture, and an unexpected shutdown before them", async () => {
    const healthy = newPc(pcWith(null));
    await healthy.officePc.start();
    expect(healthy.records.map(kindOf)).toEqual(["boot", "posture start"]);
    const crashed = newPc(pcWith("unexpected-shutdown"));
    await crashed.officePc.start();
    expect(crashed.records.map(kindOf)).toEqual(["unexpected-shutdown", "boot", "posture start"]);
  });

  it("changes its address by hand, once, with the whole posture after it", async () => {
    const pc = { ...pcWith("ip-change") };
    const { officePc, records } = newPc(pc);
    await officePc.start();
    const before = pc.address;
    await officePc.changeAddress("10.36.10.240");
    expect(records.slice(-2).map(kindOf)).toEqual([`ip-change dhcp ${before} manual 10.36.10.240`, "posture change"]);
  });

  it("lives by its own clock when that is wrong", async () => {
    const pc = pcWith("clock-drift");
    const { officePc, records, clock } = newPc(pc);
    await officePc.start();
    const at = records.at(-1)?.at ?? "";
    expect(Date.parse(at) - clock.now()).toBe(pc.clockErrorMs);
    expect(Math.abs(pc.clockErrorMs)).toBeGreaterThan(30_000);
  });

  it("says that it is shut down, and says it only once", async () => {
    const { officePc, records, stops } = newPc(pcWith(null));
    await officePc.start();
    await officePc.shutDown();
    await officePc.shutDown();
    await officePc.stop();
    expect(records.map(kindOf).slice(-1)).toEqual(["shutdown"]);
    expect(stops).toEqual(["os-shutdown"]);
  });
});

function kindOf(record: ContractRecord): string {
  if (record.kind === "power") return record.body.event;
  if (record.kind === "posture") return `posture ${record.body.reason}`;
  if (record.kind !== "ip-change") return record.kind;
  const words = [...record.body.from, ...record.body.to].flatMap(({ origin, address }) => [origin, address]);
  return `ip-change ${words.join(" ")}`;
}
