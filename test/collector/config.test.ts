import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readCollectorConfig } from "../../collector/config.ts";
import { temporaryFolder } from "../support/test-store.ts";

async function read(file: object, overrides = {}) {
  const home = await temporaryFolder();
  await writeFile(join(home, "collector.json"), JSON.stringify(file));
  return await readCollectorConfig(home, overrides);
}

test("without a file everything is as the house has it, and the command line goes before the file", async () => {
  expect(await readCollectorConfig(await temporaryFolder())).toMatchObject({ certificateDays: 90, host: "127.0.0.1" });
  expect(await read({ certificateDays: 60 })).toMatchObject({ certificateDays: 60 });
  const overrides = { certificateDays: 120, site: undefined };
  expect(await read({ certificateDays: 60, site: "hall" }, overrides)).toMatchObject({
    certificateDays: 120,
    site: "hall",
  });
});

test.each([29, 398, 60.5, "60"])("certificates cannot last %j days", async (certificateDays) => {
  await expect(read({ certificateDays })).rejects.toMatchObject({ code: "config-invalid" });
});

test.each([30, 397])("certificates may last %i days", async (certificateDays) => {
  expect(await read({ certificateDays })).toMatchObject({ certificateDays });
});
