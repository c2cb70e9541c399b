import { expect, it } from "vitest";
import { PROBE_BAUDS, probeTcb } from "../../../../collector/clocks/drivers/tcb-probe.ts";
import { AppError } from "../../../../protocol/errors.ts";
import { SILENT_LOG } from "../../../../protocol/log.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";
import { ClockModel } from "../support/clock-model.ts";
import { MemoryLine } from "../support/memory-line.ts";

const MINUTE_MS = 60_000;

/** Lines on which the clock is heard at one rate only; how many of them were left open. */
function world(clockBaud: number) {
  const clock = new VirtualClock();
  const lines: MemoryLine[] = [];
  const openLine = (baud: number) => {
    const line = new MemoryLine();
    lines.push(line);
    if (baud === clockBaud) new ClockModel(line, clock);
    return line;
  };
  return { clock, lines, deps: { clock, log: SILENT_LOG, openLine } };
}

it("finds the rate at which the clock answers, and closes every line", async () => {
  const { clock, lines, deps } = world(57_600);
  const probed = probeTcb(1, PROBE_BAUDS, deps);
  await clock.advance(MINUTE_MS);
  expect(await probed).toEqual({ baud: 57_600, identity: { serial: "SN-0001", firmware: "03.26.93", model: "M3" } });
  expect(lines.map(({ isOpen }) => isOpen)).toEqual([false, false, false]);
});

it("says so when there is no answer at any rate", async () => {
  const { clock, lines, deps } = world(0);
  const probed = probeTcb(1, PROBE_BAUDS, deps);
  await clock.advance(2 * MINUTE_MS);
  expect(await probed).toBeUndefined();
  expect(lines).toHaveLength(PROBE_BAUDS.length);
});

it("does not go on when the port cannot be opened", async () => {
  const { deps } = world(0);
  const openLine = () => Object.assign(new MemoryLine(), { openFault: "line-absent" });
  await expect(probeTcb(1, PROBE_BAUDS, { ...deps, openLine })).rejects.toSatisfy(
    (error) => error instanceof AppError && error.code === "line-absent",
  );
});
