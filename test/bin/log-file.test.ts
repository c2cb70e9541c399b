import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { LogFile } from "../../bin/log-file.ts";
import { temporaryFolder } from "../support/test-store.ts";

test("a log file goes on where it ended, is its owner's alone, and keeps one before it when it is full", async () => {
  const path = join(await temporaryFolder(), "start.log");
  const first = new LogFile(path, 8);
  first.write("one");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const second = new LogFile(path, 8);
  second.write("two");
  second.write("three");
  expect(await readFile(`${path}.1`, "utf8")).toBe("one\ntwo\n");
  expect(await readFile(path, "utf8")).toBe("three\n");
});

test("a log that cannot be written ends nothing", async () => {
  const log = new LogFile(join(await temporaryFolder(), "absent", "start.log"));
  log.write("lost");
});
