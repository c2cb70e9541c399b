import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openAuthority } from "../../../collector/broker/pki/authority.ts";
import { openServerCertificate } from "../../../collector/broker/pki/server-certificate.ts";
import { collectorConfig } from "../../../collector/config.ts";
import { openBroker } from "../../../collector/wiring/broker.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { openTestStore, temporaryFolder } from "../../support/test-store.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

test("the centre's certificate for an external broker is renewed while it runs, until it is closed", async () => {
  const clock = new VirtualClock(Date.now());
  const folder = await temporaryFolder();
  const authority = await openAuthority({ folder, name: "Dianmao test", clock });
  const certificate = await openServerCertificate(folder, authority, ["localhost"], clock);
  const config = collectorConfig.parse({ broker: "mqtts://localhost:8883" });
  const store = await openTestStore({ clock });
  const broker = await openBroker(folder, config, {
    clock,
    random: () => 0,
    log: SILENT_LOG,
    store,
    authority,
    certificate,
  });
  expect(broker.url).toBe("mqtts://localhost:8883");
  const onDisk = () => readFile(join(folder, "centre.pem"), "utf8");
  const first = await onDisk();
  for (let day = 0; day < 366; day++) await clock.advance(DAY_MS);
  expect(await onDisk()).toBe(first);
  // Reading and signing take real time: the look of a day may be late for the next.
  const nextDay = async () => {
    await clock.advance(DAY_MS);
    return await onDisk();
  };
  await expect.poll(nextDay).not.toBe(first);
  await broker.close();
  expect(clock.pendingTimers, "nothing looks at it any more").toBe(0);
});
