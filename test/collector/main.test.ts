import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startCollector } from "../../collector/main.ts";
import { SILENT_LOG } from "../../protocol/log.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { temporaryFolder } from "../support/test-store.ts";

test("a part that cannot be closed is told of, and keeps neither the ports nor the database", async () => {
  const home = await temporaryFolder();
  const start = () =>
    startCollector(
      { home, config: { apiPort: 0, mqttPort: 0 } },
      { clock: SYSTEM_CLOCK, random: Math.random, log: SILENT_LOG },
    );
  const first = await start();
  const runFile = join(home, "run.json");
  await rm(runFile);
  // A folder in the place of the file, which closing removes.
  await mkdir(runFile);
  await expect(first.stop()).rejects.toMatchObject({ code: "ERR_FS_EISDIR" });
  await rm(runFile, { recursive: true });

  const second = await start();
  await second.stop();
});
