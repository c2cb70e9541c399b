import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CollectorProcess, startCollector, startDianmao } from "../support/collector-process.ts";

const MAIN = fileURLToPath(new URL("../../bin/dianmao.ts", import.meta.url));
const CASES = fileURLToPath(new URL("../collector/attendance/cases.json", import.meta.url));

function dianmao(
  args: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--import", "tsx", MAIN, ...args],
      { env: { ...process.env, ...env } },
      (error, out, err) => {
        resolve({ code: error ? Number(error.code) : 0, out, err });
      },
    );
  });
}

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "dianmao-bin-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

describe("the command line", () => {
  test.each([
    ["--help", 0],
    ["machines --help", 0],
    ["clock --help", 0],
    ["agent --help", 0],
    ["simulate clock --help", 0],
    ["attendance --help", 0],
    ["collector --help", 0],
    ["nonsense", 2],
    ["machines --nonsense", 2],
    ["ip grant", 2],
    ["clock add", 2],
    ["collector --api-port 65536", 2],
    ["punches --limit 0", 2],
    ["punches --limit 0x10", 2],
    ["broker mosquitto-config --out x --port 0", 2],
    ["status --lang fr", 2],
    ["enrol token --days soon", 2],
  ])("`dianmao %s` ends with %i", async (line, code) => {
    const ended = await dianmao(line.split(" "));
    expect(ended.code, ended.err).toBe(code);
    expect(ended.out + ended.err).not.toBe("");
  });

  test("says what a frame means, and what is wrong with a bad one", async () => {
    const good = await dianmao(["clock", "decode", "A5000000013C000049A9"]);
    expect([good.code, good.out]).toEqual([0, expect.stringContaining("counts")]);
    expect((await dianmao(["clock", "decode", "A5000000013C000049AA"])).code).toBe(1);
    expect((await dianmao(["clock", "decode", "hello"])).code).toBe(2);
  });

  test("replays worked cases and ends with 0 when none differs", async () => {
    const ended = await dianmao(["attendance", "replay", CASES]);
    expect(ended.code, ended.out).toBe(0);
  });

  test("replays worked cases to the same bytes wherever the process runs", async () => {
    const zones = ["UTC", "Asia/Shanghai", "America/New_York"];
    const replays = await Promise.all(zones.map((TZ) => dianmao(["attendance", "replay", CASES, "--json"], { TZ })));
    expect(replays.map(({ code, err }) => [code, err])).toEqual(zones.map(() => [0, ""]));
    const [first] = replays;
    expect(JSON.parse(first?.out ?? "").length).toBeGreaterThan(60);
    for (const { out } of replays) expect(out === first?.out).toBe(true);
  }, 60_000);

  test("says in one line that a file cannot be read", async () => {
    const ended = await dianmao(["attendance", "replay", join(home, "absent.json")]);
    expect([ended.code, ended.err]).toEqual([
      1,
      expect.stringMatching(/^bad-file: .*absent\.json cannot be read.*\n$/),
    ]);
  });

  test("without a collector says so and ends with 1", async () => {
    const ended = await dianmao(["status", "--home", home]);
    expect([ended.code, ended.err]).toEqual([1, expect.stringContaining("not-running")]);
  });

  test("looks at this PC without any server", async () => {
    const ended = await dianmao(["agent", "collect", "--json", "--home", home]);
    expect(ended.code, ended.err).toBe(0);
    expect(Object.keys(JSON.parse(ended.out))).toEqual(
      expect.arrayContaining(["identity", "network", "antivirus", "patch", "power"]),
    );
  }, 60_000);
});

describe("with a collector", () => {
  let collector: CollectorProcess;
  beforeAll(async () => {
    collector = await startCollector();
  }, 60_000);
  afterAll(() => collector.dispose());

  test("a second one in the same home says that one runs already", async () => {
    const { child, exited } = startDianmao([
      "collector",
      "run",
      "--home",
      collector.home,
      "--api-port",
      "0",
      "--mqtt-port",
      "0",
    ]);
    let text = "";
    child.stderr?.on("data", (chunk) => (text += chunk));
    expect((await exited)[0]).toBe(1);
    expect(text).toContain("already-running");
  });

  test("lists what there is, in a table and in JSON", async () => {
    const table = await dianmao(["status", "--home", collector.home]);
    expect([table.code, table.out]).toEqual([0, expect.stringContaining("WG14-ip-change")]);
    const json = await dianmao(["punches", "--json", "--home", collector.home]);
    expect(JSON.parse(json.out)).toEqual({ items: [], next: null });
  });

  test("makes tokens, backs the database up and computes it anew while it runs, and tells an unknown PC", async () => {
    const token = await dianmao(["enrol", "token", "--json", "--home", collector.home]);
    expect(JSON.parse(token.out)).toMatchObject({ token: expect.stringMatching(/^[\w-]{43}$/) });
    const copy = join(home, "copy.db");
    expect((await dianmao(["collector", "backup", copy, "--home", collector.home])).code).toBe(0);
    const rebuilt = await dianmao(["collector", "rebuild", "--json", "--home", collector.home]);
    expect(JSON.parse(rebuilt.out)).toEqual({ records: expect.any(Number), seconds: expect.any(Number) });
    const grant = await dianmao(["ip", "grant", "pc-none", "10.0.0.1", "--reference", "x", "--home", collector.home]);
    expect([grant.code, grant.err]).toEqual([1, expect.stringContaining("unknown-source")]);
    const wrong = await dianmao(["findings", "--state", "perhaps", "--home", collector.home]);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining("bad-request")]);
  });
});
