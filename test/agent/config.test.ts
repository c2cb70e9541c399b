import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseRules, readAntivirusRules } from "../../agent/antivirus-rules-file.ts";
import { parseAgentConfig, readAgentConfig } from "../../agent/config.ts";
import { jsonLog } from "../../agent/json-log.ts";
import { PRODUCT_RULES } from "../../agent/probes/antivirus/products.ts";
import { AppError } from "../../protocol/errors.ts";
import { SILENT_LOG } from "../../protocol/log.ts";
import { temporaryFolder } from "../support/test-store.ts";

describe("agent.json", () => {
  it("is taken as it stands", () => {
    const config = { server: "https://centre:8443", token: "t", simulated: true, clamavDir: "/var/lib/clamav" };
    expect(parseAgentConfig(JSON.stringify(config), "agent.json")).toEqual(config);
  });

  it("may be absent, but not unreadable", async () => {
    const home = await temporaryFolder();
    expect(await readAgentConfig(home)).toEqual({});
    await mkdir(join(home, "agent.json"));
    await expect(readAgentConfig(home)).rejects.toMatchObject({ code: "config-invalid" });
  });

  it.each(["", "[]", "null", '{"servr":"x"}', '{"server":1}', '{"simulated":"yes"}'])(
    "is refused when it says %j",
    (text) => {
      expect(() => parseAgentConfig(text, "agent.json")).toThrow(expect.objectContaining({ code: "config-invalid" }));
    },
  );
});

describe("a site's antivirus rules", () => {
  const good = { name: "Site AV", platform: "linux", detect: [{ kind: "path", path: "/opt/av" }] };

  it("are taken one by one, bad ones left out with the reason", () => {
    const reasons: string[] = [];
    const rules = [
      good,
      { ...good, name: "" },
      { ...good, platform: "beos" },
      { ...good, detect: [] },
      { ...good, detect: [{ kind: "magic" }] },
      { ...good, lastScanAt: [{ kind: "file-name", path: "/x", pattern: "(", confidence: "file-mtime" }] },
      7,
    ];
    expect(parseRules(JSON.stringify(rules), (reason) => reasons.push(reason))).toEqual([good]);
    expect(reasons).toEqual([
      "a rule needs a name",
      "Site AV: platform must be linux, windows, any",
      "Site AV: detect must be a list",
      "Site AV: a detector's kind must be path, process, service, registry, security-center",
      "Site AV: a pattern does not compile",
      "a rule must be an object",
    ]);
  });

  const date = { kind: "ini", path: "/opt/av/av.ini", key: "Date", confidence: "vendor-record" };
  it.each([
    ["a detector lacks what its kind needs", { detect: [{ kind: "process" }] }],
    ["a detector lacks what its kind needs", { detect: [{ kind: "service", names: "av" }] }],
    ["a detector's kind must be path, process, service, registry, security-center", { detect: [null] }],
    ["guard must have lists of processes or services", { guard: { processes: "avd" } }],
    ["definitionsAt, lastScanAt and notes must be lists", { definitionsAt: date }],
    ["a place's kind is unknown, or it lacks what its kind needs", { version: { kind: "registry", key: "HKLM" } }],
    ["a place's kind is unknown, or it lacks what its kind needs", { notes: [null] }],
    ["a place's kind is unknown, or it lacks what its kind needs", { lastScanAt: [{ ...date, format: "roman" }] }],
    ["a place's kind is unknown, or it lacks what its kind needs", { lastScanAt: [{ ...date, confidence: "high" }] }],
  ])("are left out where a probe would trip: %s", (reason, part) => {
    const reasons: string[] = [];
    expect(parseRules(JSON.stringify([{ ...good, ...part }, good]), (why) => reasons.push(why))).toEqual([good]);
    expect(reasons).toEqual([`Site AV: ${reason}`]);
  });

  it("that cannot be read are told of, and the agent's own hold", async () => {
    const home = await temporaryFolder();
    const warnings: string[] = [];
    const log = { ...SILENT_LOG, warn: (_fields: object, message = "") => void warnings.push(message) };
    expect(await readAntivirusRules(home, log)).toEqual(PRODUCT_RULES);
    expect(warnings).toEqual([]);
    await mkdir(join(home, "antivirus-rules.json"));
    expect(await readAntivirusRules(home, log)).toEqual(PRODUCT_RULES);
    expect(warnings).toEqual(["the site's antivirus rules cannot be read"]);
  });

  it("may be as full as those that the agent knows itself", () => {
    expect(parseRules(JSON.stringify(PRODUCT_RULES), expect.unreachable)).toEqual(PRODUCT_RULES);
  });

  it.each(["{", '{"name":"x"}'])("are nothing in a file %j", (text) => {
    const reasons: string[] = [];
    expect(parseRules(text, (reason) => reasons.push(reason))).toEqual([]);
    expect(reasons).toHaveLength(1);
  });
});

describe("the log", () => {
  it("writes pino's lines, errors with their code, and leaves lower levels out", () => {
    const lines: string[] = [];
    const log = jsonLog(
      (line) => lines.push(line),
      "info",
      () => 1,
    );
    log.debug({ a: 1 }, "quiet");
    log.warn({ error: new AppError("journal-full", "no room") }, "later");
    expect(lines).toEqual([
      '{"level":40,"time":1,"error":{"type":"AppError","code":"journal-full","message":"no room"},"msg":"later"}\n',
    ]);
  });
});
