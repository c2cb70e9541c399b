/** Users written to a simulated terminal, which has its own idea of their layout, by the real driver. */
import { describe, expect, it } from "vitest";
import { answering } from "../../../../simulators/zk/behaviour.ts";
import { USERS_CANNOT_BE_CHANGED } from "../../../../simulators/zk/standard-behaviour.ts";
import { COMMAND } from "../../../../simulators/zk/wire.ts";
import { bytesOf } from "../../../support/hex.ts";
import { within } from "../../../support/virtual-clock.ts";
import { makeZkHall } from "../support/zk-hall.ts";

const NAME = bytesOf("D5 C5 C8 FD"); // GBK 张三
const NOBODY = new Uint8Array();
const PLENTY_MS = 60_000;

async function opened(...options: Parameters<typeof makeZkHall>) {
  const hall = makeZkHall(...options);
  await within(hall.clock, 100, hall.driver.open());
  const { users } = hall.driver;
  return {
    ...hall,
    add: (user: string, name: Uint8Array = NOBODY) => within(hall.clock, PLENTY_MS, users.add({ user, name })),
    remove: (user: string) => within(hall.clock, PLENTY_MS, users.remove(user)),
    assertWritable: () => within(hall.clock, PLENTY_MS, users.assertWritable()),
    nameBytesMax: () => within(hall.clock, PLENTY_MS, users.nameBytesMax()),
    read: async () =>
      (await within(hall.clock, PLENTY_MS, users.read())).map(({ uid, user, name }) => ({ uid, user, name })),
  };
}

describe("users of a terminal", () => {
  it.each([28, 72] as const)(
    "are added to a table of %i bytes a row, behind the others, and removed",
    async (userBytes) => {
      const { add, remove, read, nameBytesMax, terminal } = await opened({ users: [1_001, 1_002], userBytes });
      expect(await nameBytesMax()).toBe(userBytes === 28 ? 8 : 24);
      await add("1025", NAME);
      await remove("1001");
      await add("1026");
      expect(await read()).toEqual([
        { uid: 2, user: "1002", name: NOBODY },
        { uid: 3, user: "1025", name: NAME },
        { uid: 4, user: "1026", name: NOBODY },
      ]);
      expect(terminal.punch({ user: 1_025 })).toMatchObject({ made: true });
      expect(terminal.punch({ user: 1_001 })).toEqual({ made: false, why: "unknown-user" });
      expect(terminal.heard.get(COMMAND.REFRESH)).toBe(3);
    },
  );

  it("who are there are not written again, and who are not there not removed", async () => {
    const { add, remove, read, terminal } = await opened({ users: [1_001] });
    terminal.state.names.set(1_001, NAME);
    await add("1001");
    await remove("1002");
    expect(await read()).toEqual([{ uid: 1, user: "1001", name: NAME }]);
    expect(terminal.heard.has(COMMAND.WRITE_USER)).toBe(false);
    expect(terminal.heard.has(COMMAND.DELETE_USER)).toBe(false);
  });

  it("are added to an empty table in the usual layout", async () => {
    const { add, read } = await opened({ users: [] });
    await add("1025", NAME);
    expect(await read()).toEqual([{ uid: 1, user: "1025", name: NAME }]);
  });

  it("leave no trace in an empty table of another layout", async () => {
    const { add, terminal } = await opened({ users: [], userBytes: 28 });
    await expect(add("1025")).rejects.toMatchObject({ code: "clock-refused" });
    terminal.define(USERS_CANNOT_BE_CHANGED);
    await expect(add("1025")).rejects.toMatchObject({ code: "clock-bad-answer" });
    expect(terminal.heard.get(COMMAND.DELETE_USER)).toBe(1);
  });

  it.each([
    [28, "A7"],
    [28, "4294967296"],
    [72, "张三"],
    [72, "1".repeat(25)],
  ] as const)("of %i bytes a row cannot have the id %s", async (userBytes, user) => {
    const { add } = await opened({ users: [1_001], userBytes });
    await expect(add(user)).rejects.toMatchObject({ code: "user-id-bad" });
  });

  it("are left alone where the log knows people by their place only", async () => {
    const { assertWritable, terminal } = await opened({ entrySize: 8 });
    terminal.rememberPast(5);
    await expect(assertWritable()).rejects.toMatchObject({ code: "users-by-place" });
  });

  it.each([16, 40] as const)(
    "may be changed where log entries of %i bytes carry people's own ids",
    async (entrySize) => {
      const { assertWritable, terminal } = await opened({ entrySize });
      await assertWritable();
      terminal.rememberPast(5);
      await assertWritable();
    },
  );

  it("that the terminal refuses to write are told as refused", async () => {
    const { add, terminal } = await opened({ users: [1_001] });
    terminal.define(answering(COMMAND.WRITE_USER, [{ command: COMMAND.ERROR }]));
    await expect(add("1025")).rejects.toMatchObject({ code: "clock-refused" });
  });

  it("are written without any template being touched", async () => {
    const { add, remove, terminal } = await opened({ users: [1_001] });
    await add("1025", NAME);
    await remove("1001");
    const templateCommands = [7, 10, 19, 87, 88, 110, 134];
    expect([...terminal.heard.keys()].filter((code) => templateCommands.includes(code))).toEqual([]);
  });
});
