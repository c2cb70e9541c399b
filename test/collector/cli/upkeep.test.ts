/** What an officer types to change a setting, to refuse an enrolment, and to see what is over its time, against a collector that runs. */
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Centre, openCentre } from "../../support/centre-fixture.ts";
import { startDianmao } from "../../support/collector-process.ts";
import { requestOf } from "../../support/enrolment-fixture.ts";

/** A command loads half of the program, under whatever load the machine has. */
const COMMAND_MS = 60_000;
let centre: Centre;

beforeAll(async () => {
  centre = await openCentre();
}, COMMAND_MS);
afterAll(() => centre.close());

async function dianmao(...args: string[]) {
  const { child, exited } = startDianmao([...args, "--home", centre.home]);
  const said = Promise.all([text(child.stdout as NodeJS.ReadableStream), text(child.stderr as NodeJS.ReadableStream)]);
  const [exit] = await exited;
  const [out, errors] = await said;
  return { exit, out, errors };
}

describe("dianmao settings", () => {
  test("set, list and history: who, when, why, from what to what", { timeout: 3 * COMMAND_MS }, async () => {
    const set = await dianmao("settings", "set", "compliance.driftSeconds", "60", "--reason", "局办公室 2026-12 号");
    expect(set).toMatchObject({ exit: 0, errors: "" });
    expect(set.out).toContain("compliance.driftSeconds 由 30 改为 60");

    const list = await dianmao("settings", "list", "--json");
    const drift = JSON.parse(list.out).find(({ key }: { key: string }) => key === "compliance.driftSeconds");
    expect(drift).toMatchObject({
      title: { zh: "电脑时钟允许偏差" },
      unit: "秒",
      bounds: "1~3600",
      initial: 30,
      value: 60,
      decided: { value: 60, reason: "局办公室 2026-12 号", decidedBy: expect.any(String) },
    });
    const history = await dianmao("settings", "history", "compliance.driftSeconds", "--json");
    expect(JSON.parse(history.out)).toEqual([drift.decided]);
  });

  test.each([
    [["compliance.driftSeconds", "0"], 2, "bad-request"],
    [["compliance.colour", "3"], 1, "unknown-setting"],
    [["attendance.lateAfter", "13:30"], 1, "settings-contradict"],
  ] as const)("set %j ends with %i", { timeout: COMMAND_MS }, async (args, exit, code) => {
    const answer = await dianmao("settings", "set", ...args, "--reason", "试");
    expect(answer.exit).toBe(exit);
    expect(answer.errors).toContain(code);
  });

  test("wants a reason, and a token that manages the centre", { timeout: COMMAND_MS }, async () => {
    expect((await dianmao("settings", "set", "compliance.driftSeconds", "60")).exit).toBe(2);
    const officer = await centre.client("read", "write");
    const attempt = officer.post("/settings/compliance.driftSeconds", { value: 90, reason: "r" });
    await expect(attempt).rejects.toMatchObject({ code: "forbidden" });
    await expect(officer.get("/settings/history?limit=1")).resolves.toMatchObject({ items: expect.any(Array) });
  });
});

test("dianmao enrol refuse keeps the reason", { timeout: 2 * COMMAND_MS }, async () => {
  const request = requestOf();
  const { body } = await centre.raw("/api/v1/enrolments", { method: "POST", body: JSON.stringify(request) });
  const { enrolment } = JSON.parse(body);
  expect(await dianmao("enrol", "refuse", enrolment, "--reason", "非本单位电脑")).toMatchObject({ exit: 0 });
  const { out } = await dianmao("enrol", "list", "--state", "refused", "--json");
  expect(JSON.parse(out)).toMatchObject([{ id: enrolment, state: "refused", reason: "非本单位电脑" }]);
});

test("dianmao collector retention says what is over its time, and counts what it removes", {
  timeout: 3 * COMMAND_MS,
}, async () => {
  const dry = await dianmao("collector", "retention", "--dry-run", "--json");
  expect(dry).toMatchObject({ exit: 0, errors: "" });
  expect(JSON.parse(dry.out)).toMatchObject({ dryRun: true, removed: null, plan: { days: 200, records: 0, held: 0 } });
  const run = await dianmao("collector", "retention");
  expect(run.exit).toBe(0);
  expect(run.out).toContain("已删除 0 条");
  expect(await centre.admin.get("/retention")).toMatchObject({ state: "done", removed: 0 });
  const { body } = await centre.raw("/metrics");
  expect(body).toMatch(/^dianmao_retention_runs 1$/m);
  expect(body).toMatch(/^dianmao_retention_removed 0$/m);
});
