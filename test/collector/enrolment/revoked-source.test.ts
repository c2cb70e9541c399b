import { expect, test } from "vitest";
import { revokeSource } from "../../../collector/enrolment/certificates.ts";
import { createIntake } from "../../../collector/intake/create-intake.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { formatInstant } from "../../../protocol/time.ts";
import { MemoryBroker } from "../../support/memory-broker.ts";
import { addSource, openTestStore } from "../../support/test-store.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

test("what a revoked source goes on sending is refused, even by a broker that does not cut it off", async () => {
  const clock = new VirtualClock();
  const store = await openTestStore({ clock });
  await addSource(store, "pc-1");
  const broker = new MemoryBroker(() => clock.now());
  const intake = await createIntake({ store, broker, clock, log: SILENT_LOG, version: "test" });
  const at = formatInstant(clock.now());
  const batch = (first: number) => ({
    v: 1,
    epoch: "9f00000000000001",
    first,
    sentAt: at,
    records: [{ kind: "power", at, body: { event: "boot", source: "journal", evidence: [] } }],
  });
  await broker.deliver("pc-1", "up", batch(1));
  expect(await store.marks("pc-1")).toMatchObject([{ committed: 1 }]);

  await revokeSource({ store, clock }, "pc-1", { by: "officer" }, (source) => intake.refresh(source));
  await broker.deliver("pc-1", "up", batch(2));
  expect(await store.marks("pc-1")).toMatchObject([{ committed: 1 }]);
  await intake.close();
});
