import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { emptyState, openStateFile } from "../../agent/state.ts";
import { SILENT_LOG } from "../../protocol/log.ts";

let home = "";
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "dianmao-state-"));
});
afterEach(() => rm(home, { recursive: true }));

describe("what an agent remembers", () => {
  it("survives a restart", async () => {
    const first = await openStateFile(home, SILENT_LOG);
    first.state.told.patch = "0123456789abcdef";
    await first.save();
    expect((await openStateFile(home, SILENT_LOG)).state).toEqual({
      ...emptyState(),
      told: { patch: "0123456789abcdef" },
    });
  });

  it("holds the last state after many saves at once, and leaves no temporary file", async () => {
    const file = await openStateFile(home, SILENT_LOG);
    const saves = Array.from({ length: 20 }, (_, index) => {
      file.state.brokerAddress = `10.0.0.${index}`;
      return file.save();
    });
    await Promise.all(saves);
    expect(await readdir(home)).toEqual(["agent-state.json"]);
    expect(JSON.parse(await readFile(join(home, "agent-state.json"), "utf8"))).toMatchObject({
      brokerAddress: "10.0.0.19",
    });
  });

  it.each(["", '{"v":1,"told":{', '{"v":2}', "null", "[]"])(
    "starts empty over a damaged file %j, and says so",
    async (text) => {
      await writeFile(join(home, "agent-state.json"), text);
      const warnings: object[] = [];
      const { state } = await openStateFile(home, { ...SILENT_LOG, warn: (fields) => void warnings.push(fields) });
      expect(state).toEqual(emptyState());
      expect(warnings).toHaveLength(1);
    },
  );
});
