import { expect, it } from "vitest";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";

it("is never early, not even by the fraction of a millisecond that Node's own timers are", async () => {
  const waits = Array.from({ length: 400 }, (_, index) => 1 + (index % 40) * 0.77);
  const early = await Promise.all(
    waits.map(
      (ms) =>
        new Promise<number>((resolve) => {
          const startAt = SYSTEM_CLOCK.monotonic();
          SYSTEM_CLOCK.after(ms, () => resolve(ms - (SYSTEM_CLOCK.monotonic() - startAt)));
        }),
    ),
  );
  expect(Math.max(...early)).toBeLessThanOrEqual(0);
});

it("does not run what was cancelled", async () => {
  let ran = false;
  const cancel = SYSTEM_CLOCK.after(1.5, () => {
    ran = true;
  });
  cancel();
  await new Promise<void>((resolve) => SYSTEM_CLOCK.after(5, resolve));
  expect(ran).toBe(false);
});
