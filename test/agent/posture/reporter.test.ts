import { describe, expect, it } from "vitest";
import { fail } from "../../../agent/os/os.ts";
import { PART_NAMES } from "../../../agent/posture/part-names.ts";
import { PostureReporter } from "../../../agent/posture/reporter.ts";
import type { Collected, PartCollector } from "../../../agent/probes/collector.ts";
import { factsAt } from "../../../agent/probes/facts.ts";
import { PART_TABLE } from "../../../agent/probes/table.ts";
import { unknownPart } from "../../../agent/probes/unknown-part.ts";
import { emptyState, type StateFile } from "../../../agent/state.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import type { PartName, PostureBody } from "../../../protocol/messages/records/posture.ts";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { fakeOs } from "../support/fake-os.ts";

const HOUR_MS = 3_600_000;

function setUp(state = emptyState()) {
  const clock = new VirtualClock();
  const world = {
    details: {} as Partial<Record<PartName, string>>,
    looks: {} as Partial<Record<PartName, number>>,
    holding: false,
    lost: false,
    full: false,
  };
  const told: { reason: string; whole: PartName[] }[] = [];
  const collect = async <Name extends PartName>(name: Name): Promise<Collected<Name>> => {
    world.looks[name] = (world.looks[name] ?? 0) + 1;
    const facts = factsAt(clock.now());
    return {
      name,
      collectedAt: facts.at,
      content: unknownPart(name, facts, fail("probe-failed", world.details[name] ?? "x"), "0.1.0"),
    };
  };
  const collector = { collect } as PartCollector;
  const file: StateFile = { state, save: async () => {} };
  const os = fakeOs({ mtimes: { "/var/lib/dpkg/status": 1 } });
  const reporter = new PostureReporter({
    clock,
    random: seededRandom(7),
    log: SILENT_LOG,
    os,
    collector,
    table: PART_TABLE,
    file,
    append: async ({ body }) => {
      if (world.full) throw new Error("journal full");
      const posture = body as PostureBody;
      told.push({ reason: posture.reason, whole: PART_NAMES.filter((name) => posture[name].content) });
    },
    lostSome: () => world.lost,
    holdingNetwork: () => world.holding,
    postureHours: () => 24,
  });
  return { clock, world, told, reporter, state, collect };
}

describe("postures", () => {
  it("are whole at the first start and only hashes at a restart that finds nothing new", async () => {
    const first = setUp();
    await first.reporter.start();
    expect(first.told).toEqual([{ reason: "start", whole: PART_NAMES }]);
    const second = setUp(first.state);
    await second.reporter.start();
    expect(second.told).toEqual([{ reason: "start", whole: [] }]);
  });

  it("follow a change within the part's own interval, and nothing else", async () => {
    const { clock, world, told, reporter } = setUp();
    await reporter.start();
    await clock.advance(HOUR_MS);
    world.details.antivirus = "protection off";
    await clock.advance(11 * 60_000);
    expect(told.slice(1)).toEqual([{ reason: "change", whole: ["antivirus"] }]);
  });

  it("come once a day, and not more often when all is quiet", async () => {
    const { clock, told, reporter } = setUp();
    await reporter.start();
    await clock.advance(3 * 24 * HOUR_MS + HOUR_MS);
    expect(told.slice(1)).toEqual(Array.from({ length: 3 }, () => ({ reason: "daily", whole: [] })));
  });

  it("do not cost a simulation of apt each hour while its inputs stay the same", async () => {
    const { clock, world, reporter } = setUp();
    await reporter.start();
    await clock.advance(12 * HOUR_MS);
    expect(world.looks.patch).toBe(1);
    expect(world.looks.antivirus).toBeGreaterThan(60);
  });

  it("are whole when the centre asks", async () => {
    const { told, reporter } = setUp();
    await reporter.start();
    await reporter.sendWhole();
    expect(told[1]).toEqual({ reason: "command", whole: PART_NAMES });
  });

  it("do not tell a network that is being held", async () => {
    const { world, told, reporter, collect } = setUp();
    await reporter.start();
    world.details.network = "in the middle of DHCP";
    world.holding = true;
    await reporter.refresh(["network", "identity"]);
    expect(told).toHaveLength(1);
    await reporter.sendWhole();
    expect(world.looks.network).toBe(1);
    world.holding = false;
    await reporter.acceptNetwork(await collect("network"));
    expect(told.at(-1)).toEqual({ reason: "change", whole: ["network"] });
  });

  it("are whole again after the journal had to give some up", async () => {
    const { world, told, reporter } = setUp();
    await reporter.start();
    world.lost = true;
    world.details.identity = "new";
    await reporter.refresh(["identity"]);
    world.details.identity = "newer";
    await reporter.refresh(["identity"]);
    expect(told.slice(1).map(({ whole }) => whole)).toEqual([["identity"], PART_NAMES]);
  });

  it("are not believed told when the journal refused them", async () => {
    const { world, told, reporter } = setUp();
    await reporter.start();
    world.full = true;
    world.details.identity = "new";
    await expect(reporter.refresh(["identity"])).rejects.toThrow("journal full");
    world.full = false;
    await reporter.refresh(["identity"]);
    expect(told.at(-1)).toEqual({ reason: "change", whole: ["identity"] });
  });

  it("are told later when the journal was full at the start", async () => {
    const { clock, world, told, reporter } = setUp();
    world.full = true;
    await expect(reporter.start()).rejects.toThrow("journal full");
    world.full = false;
    await clock.advance(11 * 60_000);
    expect(told).toEqual([{ reason: "change", whole: PART_NAMES }]);
  });

  it("end when it is stopped", async () => {
    const { clock, told, reporter } = setUp();
    await reporter.start();
    reporter.stop();
    await reporter.refresh(["identity"]);
    expect(clock.pendingTimers).toBe(0);
    expect(told).toHaveLength(1);
  });
});
