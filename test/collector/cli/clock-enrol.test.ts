import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clockCommand } from "../../../collector/cli/clock.ts";
import { addClock } from "../../../collector/clocks/config.ts";
import { loadPageMap } from "../../../collector/clocks/modules/page-map.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";
import { FingerModule } from "../../../simulators/ef01/module.ts";
import { ModuleLine } from "../../../simulators/ef01/simulated-module.ts";
import { parseFaults } from "../../../simulators/faults/profile.ts";

const BAUD = 57_600;
let home: string;
let sensor: FingerModule;
let line: ModuleLine;
let printed: string[];
let errors: string[];
let exitCode: number | undefined;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "dianmao-enrol-"));
  printed = [];
  errors = [];
  exitCode = undefined;
  sensor = new FingerModule({ library: [[0, 5]] }, { clock: SYSTEM_CLOCK });
  const path = join(home, "module");
  const options = { path, baud: BAUD, seed: 1, faults: parseFaults("none") };
  line = await ModuleLine.open(sensor, options, { clock: SYSTEM_CLOCK, log: SILENT_LOG });
  await addClock(home, { family: "ef01", port: path, number: 1, name: "door" });
});

afterEach(async () => {
  await line.close();
  await rm(home, { recursive: true, force: true });
});

/** The person does what the command says. */
async function enrol(...args: string[]): Promise<void> {
  const print = (text: string) => {
    printed.push(text);
    if (text.includes('"lift"')) sensor.lift();
    else if (text.includes('"lay-on')) sensor.layOn(77);
  };
  const command = clockCommand({
    home: () => home,
    print,
    printError: (text) => errors.push(text),
    exitWith: (code) => {
      exitCode = code;
    },
  });
  await command.parseAsync(["enrol", "--json", ...args], { from: "user" });
}

describe("dianmao clock enrol", () => {
  it("stores a finger in the module, over a real serial port", async () => {
    await enrol("--name", "door", "--user", "1024");
    expect(printed.map((text) => JSON.parse(text))).toEqual([
      { step: "lay-on" },
      { step: "lift" },
      { step: "lay-on-again" },
      { step: "stored" },
      { user: "1024", page: 1, stored: true },
    ]);
    expect([...(await loadPageMap(home, "door"))]).toEqual([[1, "1024"]]);
    expect(sensor.state.library.get(1)).toBe(77);
  });

  it("only says what would be done in a dry run", async () => {
    await enrol("--name", "door", "--user", "1024", "--dry-run");
    expect(printed).toEqual([JSON.stringify({ user: "1024", page: 1, stored: false })]);
    expect(sensor.state.library.size).toBe(1);
  });

  it("ends with 1 for a module that is not there", async () => {
    await enrol("--name", "gate", "--user", "1024");
    expect({ exitCode, errors }).toEqual({ exitCode: 1, errors: [expect.stringContaining("clock-unknown")] });
  });
});
