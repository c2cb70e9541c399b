import { expect, it } from "vitest";
import { away, ERRAND_WAIT_MS_MAX, ERRANDS_MAX, Errands } from "../../../../collector/clocks/reader/errands.ts";
import { AppError } from "../../../../protocol/errors.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const LOAN = { clock: "SN-1", users: undefined, readLog: async () => {} };

function desk() {
  const clock = new VirtualClock();
  let woken = 0;
  const errands = new Errands(clock, () => {
    woken += 1;
  });
  return { clock, errands, woken: () => woken };
}

it("are done in turn when the reader comes to them, which is woken for it", async () => {
  const { errands, woken } = desk();
  const order: string[] = [];
  const first = errands.ask(async ({ clock }) => order.push(`${clock} first`));
  const second = errands.ask(async () => order.push("second"));
  expect([woken(), order]).toEqual([2, []]);
  expect(await errands.run(LOAN)).toBe(2);
  expect([await first, await second, order]).toEqual([1, 2, ["SN-1 first", "second"]]);
  expect(await errands.run(LOAN)).toBe(0);
});

it("fail for whoever asked, and nobody else", async () => {
  const { errands } = desk();
  const failing = errands.ask(() => Promise.reject(new AppError("line-lost", "gone")));
  const other = errands.ask(async () => "done");
  const outcome = expect(failing).rejects.toMatchObject({ code: "line-lost" });
  await errands.run(LOAN);
  await outcome;
  expect(await other).toBe("done");
});

it("are given up when the reader does not come in time, and then not done", async () => {
  const { errands, clock } = desk();
  let done = false;
  const asked = expect(
    errands.ask(async () => {
      done = true;
    }),
  ).rejects.toMatchObject({ code: "clock-busy" });
  await clock.advance(ERRAND_WAIT_MS_MAX);
  await asked;
  await errands.run(LOAN);
  expect(done).toBe(false);
});

it("are refused when the clock is lost", async () => {
  const { errands } = desk();
  const asked = expect(errands.ask(async () => {})).rejects.toMatchObject({ code: "clock-lost" });
  errands.refuse(away("hall"));
  await asked;
});

it(`wait ${ERRANDS_MAX} at a time`, async () => {
  const { errands } = desk();
  const waiting = Array.from({ length: ERRANDS_MAX }, () => errands.ask(async () => {}));
  await expect(errands.ask(async () => {})).rejects.toMatchObject({ code: "clock-busy" });
  await errands.run(LOAN);
  await Promise.all(waiting);
});
