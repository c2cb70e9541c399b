import { describe, expect, it } from "vitest";
import { answering, ZFM_20 } from "../../../../simulators/ef01/behaviour.ts";
import { CODE, COMMAND } from "../../../../simulators/ef01/wire.ts";
import { within } from "../../../support/virtual-clock.ts";
import { makeModuleHall } from "../support/module-hall.ts";

const LIBRARY: [number, number][] = [
  [3, 77],
  [4, 78],
  [300, 79],
];
const PAGES = new Map([
  [3, "1024"],
  [4, "1025"],
  [300, "1024"],
]);

async function started() {
  const hall = makeModuleHall({ library: LIBRARY, librarySize: 1_000 });
  hall.pages = PAGES;
  hall.reader.start();
  await hall.clock.advance(2_000);
  return hall;
}

type Hall = Awaited<ReturnType<typeof started>>;

const remove = ({ reader, clock }: Hall, user: string) =>
  within(
    clock,
    20_000,
    reader.lend(async ({ users }) => users?.remove(user)),
  );

describe("the people of a module that is being read", () => {
  it("are those of its page map, each once", async () => {
    const { reader, clock } = await started();
    const users = await within(
      clock,
      2_000,
      reader.lend(async ({ users }) => users?.read()),
    );
    expect(users?.map(({ user }) => user)).toEqual(["1024", "1025"]);
    await reader.stop();
  });

  it.each([
    ["with an index", []],
    ["without an index", ZFM_20],
  ] as const)(
    "are removed with all their templates, from a module %s, and make no punch any more",
    async (_what, model) => {
      const hall = await started();
      for (const behaviour of model) hall.sensor.define(behaviour);
      await remove(hall, "1024");
      expect([...hall.sensor.state.library.keys()]).toEqual([4]);
      expect(hall.pages).toEqual(new Map([[4, "1025"]]));
      hall.sensor.layOn(77);
      await hall.clock.advance(600);
      hall.sensor.lift();
      expect(hall.sink.punches).toEqual([]);
      await hall.reader.stop();
    },
  );

  it.each([
    ["with an index", []],
    ["without an index", ZFM_20],
  ] as const)("stay on the map while their template stays in a module %s", async (_what, model) => {
    const hall = await started();
    for (const behaviour of [...model, answering(COMMAND.DELETE, { code: CODE.OK })]) hall.sensor.define(behaviour);
    await expect(remove(hall, "1025")).rejects.toMatchObject({ code: "clock-bad-answer" });
    expect(hall.pages).toEqual(PAGES);
    await hall.reader.stop();
  });

  it("are not added without a finger", async () => {
    const { reader, clock } = await started();
    const adding = reader.lend(async ({ users }) => users?.add({ user: "9", name: new Uint8Array() }));
    await expect(within(clock, 2_000, adding)).rejects.toMatchObject({ code: "finger-needed" });
    await reader.stop();
  });

  it("cannot be asked for while the module is away", async () => {
    const hall = await started();
    hall.line.unplug();
    await hall.clock.advance(10);
    await expect(remove(hall, "1024")).rejects.toMatchObject({ code: "clock-lost" });
    await hall.reader.stop();
  });
});
