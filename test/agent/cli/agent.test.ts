import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { defaultHome } from "../../../agent/cli/options.ts";
import type { Snapshot } from "../../../agent/cli/snapshot.ts";
import { formatSnapshot } from "../../../agent/cli/snapshot-table.ts";
import { displayWidth, padTo } from "../../../agent/cli/width.ts";
import { fail } from "../../../agent/os/os.ts";
import { PART_NAMES } from "../../../agent/posture/part-names.ts";
import { factsAt } from "../../../agent/probes/facts.ts";
import { unknownPart } from "../../../agent/probes/unknown-part.ts";
import { runAgentCli } from "../support/run-agent-cli.ts";

const facts = factsAt(Date.parse("2026-11-23T01:00:00.000Z"));
const parts = Object.fromEntries(
  PART_NAMES.map((name) => [name, unknownPart(name, facts, fail("access-denied", "EACCES"), "0.1.0")]),
) as unknown as Omit<Snapshot, "at" | "powerEvents">;

describe("the table of a snapshot", () => {
  it("says of what is not known why", () => {
    const text = formatSnapshot({ ...parts, at: facts.at, powerEvents: [] }, "zh");
    expect(text).toMatch(/ {2}主机名 +未知: 无权读取 +EACCES\n/);
    expect(formatSnapshot({ ...parts, at: facts.at, powerEvents: [] }, "en")).toMatch(
      /Host name +unknown: access denied +EACCES/,
    );
  });

  it("aligns Chinese, which takes two columns a character", () => {
    expect([displayWidth("补丁 ok"), displayWidth("（散列）")]).toEqual([7, 8]);
    expect(displayWidth(padTo("补丁", 10))).toBe(10);
    expect(padTo("longer", 3)).toBe("longer");
  });
});

describe("the command line", () => {
  it("keeps its state where DIANMAO_HOME says", () => {
    vi.stubEnv("DIANMAO_HOME", "/srv/dianmao");
    expect(defaultHome()).toBe("/srv/dianmao");
  });

  it("fails with one line when there is nobody to report to", () => {
    const home = mkdtempSync(join(tmpdir(), "dianmao-cli-"));
    const ran = runAgentCli(["run", "--home", home]);
    expect([ran.status, ran.stdout]).toEqual([1, ""]);
    expect(ran.stderr).toMatch(/^dianmao agent: .* \(not-enrolled\)\n$/);
    writeFileSync(join(home, "agent.json"), '{"servr":1}');
    expect(runAgentCli(["--home", home]).stderr).toMatch(/unknown setting servr \(config-invalid\)\n$/);
    rmSync(join(home, "agent.json"));
    expect(runAgentCli(["enrol"], { DIANMAO_HOME: home }).stderr).toMatch(/\(no-server\)\n$/);
    rmSync(home, { recursive: true });
  }, 60_000);

  it.each([
    ["--server", "http://centre:8443"],
    ["--ca-fingerprint", "12:34"],
  ])("refuses %s %s", (...args) => {
    const ran = runAgentCli(args);
    expect(ran.status).not.toBe(0);
    expect(ran.stderr).toMatch(/is invalid/);
  });
});
