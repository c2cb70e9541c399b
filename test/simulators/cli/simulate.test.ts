/** The commands as people call them: what they print, and with which code they end. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dianmao-cli-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs `dianmao simulate ...` until its end, or until `stopWhen` likes a line; then as Ctrl+C does. */
async function simulate(args: string[], stopWhen: (line: string) => boolean = () => false) {
  const child = spawn(process.execPath, ["--import", "tsx", "bin/dianmao.ts", "simulate", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, DIANMAO_HOME: folder },
  });
  const lines: string[] = [];
  let errors = "";
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line);
    if (stopWhen(line)) child.kill("SIGINT");
  });
  child.stderr.on("data", (text) => {
    errors += text;
  });
  const [code] = await once(child, "close");
  return { code: code as number | null, lines, errors };
}

describe("dianmao simulate", () => {
  it("clock: tells its port first, lets people punch, and ends cleanly at Ctrl+C", async () => {
    const path = join(folder, "clock");
    const { code, lines } = await simulate(
      ["clock", "--json", "--port-link", path, "--punch-every", "0.2", "--baud", "115200"],
      (line) => JSON.parse(line).event === "punch",
    );
    const events = lines.map((line) => JSON.parse(line));
    expect(events[0]).toEqual({ event: "port", path, baud: 115_200, number: 1, serial: "SIM0000000000001" });
    expect(events.at(-1)).toMatchObject({ event: "end", made: events.filter(({ event }) => event === "punch").length });
    expect(code).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  it("clock: says in words how to read it", async () => {
    const { lines } = await simulate(["clock", "--port-link", join(folder, "clock"), "--number", "7"], (line) =>
      line.includes("clock add"),
    );
    expect(lines[1]).toContain(`dianmao clock add --port ${join(folder, "clock")} --baud 9600 --number 7`);
  });

  it.each([
    ["an unknown command", ["clocks"]],
    ["an unknown fault", ["clock", "--faults", "gremlins"]],
    ["a rate that is no number", ["clock", "--baud", "fast"]],
    ["a centre that cannot be recognised", ["pcs", "--server", "https://127.0.0.1:1"]],
    ["a centre without encryption", ["day", "--ca", "x", "--server", "http://127.0.0.1:1"]],
  ])("ends with 2 when it is called wrongly: %s", async (_, args) => {
    const { code, errors } = await simulate(args);
    expect(errors).toMatch(/error: /);
    expect(code).toBe(2);
  });

  it("ends with 1 when the port cannot be made, or a centre lets nobody in", async () => {
    const port = await simulate(["clock", "--port-link", join(folder, "none", "clock")]);
    expect([port.code, port.errors]).toEqual([1, expect.stringContaining("port-path")]);
    const pcs = await simulate([
      "pcs",
      "--json",
      ...["--count", "2", "--for", "1", "--ca-fingerprint", "00", "--server", "https://127.0.0.1:1"],
    ]);
    expect(pcs.code).toBe(1);
    expect(pcs.lines.map((line) => JSON.parse(line)).at(-1)).toMatchObject({ event: "state", enrolled: 0, pcs: 2 });
  });

  it.each([
    ["ef01, although nobody is due for hours", ["ef01", "--visit-every", "86400", "--port-link", "PORT"], "port"],
    [
      "pcs, although it was to run for a week",
      ["pcs", "--count", "1", "--for", "604800", "--ca-fingerprint", "00", "--server", "https://127.0.0.1:1"],
      "expected",
    ],
  ])("ends at once at Ctrl+C: %s", async (_, args, event) => {
    const path = join(folder, "module");
    const called = [...args.map((word) => (word === "PORT" ? path : word)), "--json"];
    const { code, lines } = await simulate(called, (line) => JSON.parse(line).event === event);
    expect(code).not.toBeNull();
    expect(lines.length).toBeGreaterThan(0);
  });

  it("has help for every command", async () => {
    const { code, lines } = await simulate(["--help"]);
    expect(code).toBe(0);
    for (const name of ["clock", "pcs", "day", "hall"])
      expect(lines.join("\n")).toMatch(new RegExp(`^ {2}${name} `, "m"));
  });
});
