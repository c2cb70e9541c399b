import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type EnrolStep, enrolFinger, FINGER_MS_MAX } from "../../../../collector/clocks/modules/enrol.ts";
import { loadPageMap, savePageMap } from "../../../../collector/clocks/modules/page-map.ts";
import { ZFM_20 } from "../../../../simulators/ef01/behaviour.ts";
import { COMMAND } from "../../../../simulators/ef01/wire.ts";
import { within } from "../../../support/virtual-clock.ts";
import { makeModuleHall } from "../support/module-hall.ts";

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "dianmao-enrol-"));
});

afterEach(() => rm(home, { recursive: true, force: true }));

/** Does what it is told, with one finger or with two different ones. */
async function enrol(hall: ReturnType<typeof makeModuleHall>, fingers: [number, number], dryRun = false) {
  const { clock, module: driver, sensor } = hall;
  await within(clock, 2_000, driver.open());
  const steps: EnrolStep[] = [];
  const say = (step: EnrolStep) => {
    steps.push(step);
    if (step === "lay-on") sensor.layOn(fingers[0]);
    else if (step === "lift") sensor.lift();
    else if (step === "lay-on-again") sensor.layOn(fingers[1]);
  };
  const result = enrolFinger({ home, module: "door", user: "1024", dryRun }, { driver, clock, say });
  let settled = false;
  result.then(
    () => (settled = true),
    () => (settled = true),
  );
  // The map is written for real: virtual time does not wait for the disk.
  for (let tries = 0; tries < 20_000 && !settled; tries++) await clock.advance(50);
  return { result, steps };
}

describe("enrolment of a finger", () => {
  it("stores one template of two looks at the lowest free page, and keeps whose it is", async () => {
    const hall = makeModuleHall({
      library: [
        [0, 5],
        [1, 6],
        [3, 7],
      ],
    });
    const { result, steps } = await enrol(hall, [77, 77]);
    expect(await result).toEqual({ page: 2, stored: true });
    expect(steps).toEqual(["lay-on", "lift", "lay-on-again", "stored"]);
    expect(hall.sensor.state.library.get(2)).toBe(77);
    expect([...(await loadPageMap(home, "door"))]).toEqual([[2, "1024"]]);
    const [file] = await readdir(join(home, "readers", "modules"));
    const kept = await readFile(join(home, "readers", "modules", file ?? ""), "utf8");
    expect(JSON.parse(kept)).toEqual({ v: 1, pages: { 2: "1024" } });
  });

  it("changes nothing in a dry run", async () => {
    const hall = makeModuleHall();
    const { result } = await enrol(hall, [77, 77], true);
    expect(await result).toEqual({ page: 0, stored: false });
    expect(hall.sensor.state.library.size).toBe(0);
    expect(hall.sensor.heard.has(COMMAND.STORE)).toBe(false);
    expect((await loadPageMap(home, "door")).size).toBe(0);
  });

  it.each([
    ["a finger that is enrolled already", { library: [[0, 77]] as [number, number][] }, [77, 77], "finger-known"],
    ["two different fingers", {}, [77, 78], "fingers-differ"],
    ["a full library", { librarySize: 1, library: [[0, 5]] as [number, number][] }, [77, 77], "library-full"],
  ] as const)("refuses %s", async (_what, options, fingers, code) => {
    const { result } = await enrol(makeModuleHall(options), [...fingers]);
    await expect(result).rejects.toMatchObject({ code });
  });

  it("does not overwrite templates of a module without an index that nobody is known for", async () => {
    const hall = makeModuleHall({ library: [[0, 5]] });
    for (const behaviour of ZFM_20) hall.sensor.define(behaviour);
    const { result } = await enrol(hall, [77, 77]);
    await expect(result).rejects.toMatchObject({ code: "library-unknown" });
    await savePageMap(home, "door", new Map([[0, "9"]]));
    const again = makeModuleHall({ library: [[0, 5]] });
    for (const behaviour of ZFM_20) again.sensor.define(behaviour);
    expect(await (await enrol(again, [77, 77])).result).toEqual({ page: 1, stored: true });
  });

  it(`gives up after ${FINGER_MS_MAX} ms without a finger`, async () => {
    const hall = makeModuleHall();
    await within(hall.clock, 2_000, hall.module.open());
    const say = () => {};
    const result = enrolFinger(
      { home, module: "door", user: "1", dryRun: false },
      { driver: hall.module, clock: hall.clock, say },
    );
    const refusal = expect(result).rejects.toMatchObject({ code: "no-finger" });
    let settled = false;
    void refusal.then(() => {
      settled = true;
    });
    for (let tries = 0; tries < 20_000 && !settled; tries++) await hall.clock.advance(100);
    await refusal;
  });

  it("does not take anything else for a page map", async () => {
    await savePageMap(home, "door", new Map([[0, "9"]]));
    const [file = ""] = await readdir(join(home, "readers", "modules"));
    await writeFile(join(home, "readers", "modules", file), '{"v":2}');
    await expect(loadPageMap(home, "door")).rejects.toMatchObject({ code: "page-map-bad" });
  });
});
