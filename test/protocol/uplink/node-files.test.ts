import { type ChildProcess, spawn } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { Journal } from "../../../protocol/delivery/journal.ts";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import { openNodeFiles } from "../../../protocol/uplink/node-files.ts";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";
import { temporaryFolder } from "../../support/test-store.ts";

const PROGRAM = fileURLToPath(new URL("append-for-ever.ts", import.meta.url));
const KILLS = 5;

const open = (folder: string) =>
  openNodeFiles(folder).then((files) =>
    Journal.open({ files, clock: SYSTEM_CLOCK, random: Math.random, machine: "00000000000000aa" }),
  );

interface Writer {
  child: ChildProcess;
  /** `number lane round` of each append that was resolved. */
  lines: string[];
  said(count: number): Promise<void>;
  kill(): Promise<void>;
}

function startWriter(folder: string): Writer {
  const child = spawn(process.execPath, ["--import", "tsx", PROGRAM, folder], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  const lines: string[] = [];
  child.stdout.on("data", (chunk: Buffer) => {
    const parts = (text + chunk.toString()).split("\n");
    text = parts.pop() ?? "";
    lines.push(...parts);
  });
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await closed;
  };
  onTestFinished(kill);
  return {
    child,
    lines,
    kill,
    async said(count) {
      const until = Date.now() + 15_000;
      while (lines.length < count && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
      if (lines.length < count) throw new Error(`the writer said only ${lines.length} lines`);
    },
  };
}

/** `number lane round` of every record. */
async function contents(journal: Journal): Promise<Set<string>> {
  const found = new Set<string>();
  for (let next = 1; next <= journal.newest; ) {
    const { lines, last } = await journal.read(next);
    for (const { number, json } of lines) {
      const { body } = JSON.parse(json);
      found.add(`${number} ${body.lane} ${body.round}`);
    }
    next = last + 1;
  }
  return found;
}

describe("the journal of a process", () => {
  test("killed with -9 while it writes holds everything that was acknowledged, five times over", async () => {
    const seed = Date.now() % 100_000;
    const random = seededRandom(seed);
    const folder = join(await temporaryFolder(), "journal");
    const said: string[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      const writer = startWriter(folder);
      await writer.said(20 + Math.floor(random() * 300));
      await expect(openNodeFiles(folder), `seed ${seed}`).rejects.toMatchObject({ code: "folder-locked" });
      await writer.kill();
      said.push(...writer.lines);

      const journal = await open(folder);
      const found = await contents(journal);
      expect(
        said.filter((line) => !found.has(line)),
        `seed ${seed}, kill ${kill}`,
      ).toEqual([]);
      expect(journal.counters.damaged, `seed ${seed}, kill ${kill}`).toBe(0);
      await journal.close();
    }
    const numbers = said.map((line) => line.split(" ")[0]);
    expect(new Set(numbers).size, `seed ${seed}`).toBe(numbers.length);
  }, 60_000);
});

describe("the folder of a journal", () => {
  test("is for its owner alone, and for one opener at a time, this process included", async () => {
    const folder = join(await temporaryFolder(), "deep", "journal");
    const files = await openNodeFiles(folder);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    await expect(openNodeFiles(folder)).rejects.toMatchObject({ code: "folder-locked" });
    await files.close();
    await (await openNodeFiles(folder)).close();
  });

  test("that cannot be made is told as such", async () => {
    await expect(openNodeFiles("/dev/null/journal")).rejects.toMatchObject({ code: "journal-io" });
  });
});

describe("a file", () => {
  test("grows, is cut and grows again; is replaced whole; and goes", async () => {
    const files = await openNodeFiles(join(await temporaryFolder(), "journal"));
    const text = async () => Buffer.from(await files.read("a")).toString();
    await files.append("a", Buffer.from("one two"));
    await files.sync("a");
    await files.truncate("a", 3);
    await files.append("a", Buffer.from(" three"));
    await files.sync("a");
    expect(await text()).toBe("one three");
    await files.replace("a", Buffer.from("four"));
    await files.append("a", Buffer.from(" five"));
    expect(await text()).toBe("four five");
    await files.rename("a", "b");
    expect(await files.list()).toEqual(["b"]);
    await files.remove("b");
    await files.remove("b");
    expect(await files.list()).toEqual([]);
    await files.close();
  });
});
