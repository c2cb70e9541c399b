/** `dianmao quarantine` as it is called: what it refuses before anything is asked, and times as officers write them. */
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { quarantineCommand } from "../../../collector/cli/quarantine.ts";
import { type Centre, openCentre } from "../../support/centre-fixture.ts";

let centre: Centre;
beforeAll(async () => {
  centre = await openCentre();
});
afterAll(() => centre.close());
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

async function call(...args: string[]): Promise<{ code: number | string | null | undefined; said: string }> {
  const lines: string[] = [];
  const hear = (line: unknown) => void lines.push(String(line));
  vi.spyOn(console, "log").mockImplementation(hear);
  vi.spyOn(console, "error").mockImplementation(hear);
  const command = quarantineCommand().exitOverride();
  for (const sub of command.commands) sub.exitOverride().configureOutput({ writeErr: hear });
  await command.parseAsync([...args, "--home", centre.home], { from: "user" });
  return { code: process.exitCode, said: lines.join("\n") };
}

test("an empty list is nothing found", async () => {
  expect(await call("list")).toEqual({ code: 0, said: "没有。" });
  expect(await call("list", "--json")).toEqual({ code: 0, said: JSON.stringify({ items: [], next: null }, null, 2) });
});

test("a punch that is not there is said with its code", async () => {
  expect(await call("accept", "77", "--reason", "r")).toMatchObject({
    code: 1,
    said: expect.stringContaining("unknown-punch"),
  });
  expect(await call("reject", "77", "--reason", "r")).toMatchObject({
    code: 1,
    said: expect.stringContaining("unknown-punch"),
  });
});

test("one time is not for several punches", async () => {
  const answer = await call("accept", "77", "78", "--reason", "r", "--at", "2026-11-24 08:58");
  expect(answer).toMatchObject({ code: 2, said: expect.stringContaining("--at") });
});

test.each([
  ["accept", "0", "--reason", "r"],
  ["accept", "77", "--reason", "r", "--at", "08:58"],
  ["accept", "77", "--reason", "r", "--at", "2026-02-30 08:58"],
  ["accept", "77"],
  ["reject", "--reason", "r"],
])("%s %s %s %s %s is called wrongly", async (...args) => {
  await expect(call(...args)).rejects.toMatchObject({ code: expect.stringMatching(/^commander\./) });
});
