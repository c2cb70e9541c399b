import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { apiClient } from "../../collector/cli/api-client.ts";
import type { MachineView } from "../../collector/console/queries/machines.ts";
import { startDianmao } from "../support/collector-process.ts";

const UP_MS = 120_000;
const STOP_MS_MAX = 10_000;

let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "dianmao-start-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

function start(...args: string[]) {
  const { child, exited } = startDianmao(["start", "--home", home, "--api-port", "0", "--mqtt-port", "0", ...args]);
  const said = { text: "" };
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => (said.text += text));
  const says = async (text: string) => {
    while (!said.text.includes(text)) {
      const ended = await Promise.race([once(child.stdout as NonNullable<typeof child.stdout>, "data"), exited]);
      if (child.exitCode !== null && !said.text.includes(text))
        throw new Error(`ended (${ended}) and never said ${text}:\n${said.text}`);
    }
  };
  return { child, exited, said, says };
}

const runFile = async () => JSON.parse(await readFile(join(home, "run.json"), "utf8"));

test(
  "starts beside a run file of before a power cut, tells how this PC stands, starts once, and stops",
  async () => {
    // The number of a process that lives, and a port where nobody answers.
    await writeFile(join(home, "run.json"), JSON.stringify({ pid: process.pid, apiUrl: "https://127.0.0.1:1" }));
    const first = start();
    await first.says("本机 This PC");
    await first.says("WG 18");
    // XC 1 wants a unit and a custodian, which nobody has said yet: the command that it prints is all that is missing.
    await first.says("npx dianmao pc approve");
    await first.says(`--home '${home}'\n`);
    const command = /npx dianmao (pc approve \S+) .*/.exec(first.said.text)?.[1] ?? "";
    const entry = ["--unit", "信息技术处", "--custodian", "张三", "--home", home];
    const { exited: registered } = startDianmao([...command.split(" "), ...entry]);
    expect((await registered)[0]).toBe(0);
    const api = await apiClient({ home });
    const { items } = await api.get<{ items: MachineView[] }>("/machines");
    expect(items.map(({ state, unit, failing }) => [state, unit, failing.includes("XC1-unregistered")])).toEqual([
      ["approved", "信息技术处", false],
    ]);

    const second = start();
    expect([(await second.exited)[0], second.said.text]).toEqual([1, expect.stringContaining("已经在运行")]);

    const stoppedAt = performance.now();
    first.child.kill("SIGTERM");
    expect((await first.exited)[0]).toBe(0);
    expect(performance.now() - stoppedAt).toBeLessThan(STOP_MS_MAX);
    await expect(runFile()).rejects.toMatchObject({ code: "ENOENT" });
  },
  UP_MS,
);

test(
  "enrols once, finds the broker again at another port, and ends with 1 when the collector dies",
  async () => {
    const startedAt = new Date().toISOString();
    const { child, exited, said, says } = start();
    await says("本机 This PC");
    const api = await apiClient({ home });
    const { items } = await api.get<{ items: { source: string }[] }>("/sources?kind=agent");
    expect(items).toHaveLength(1);
    const machine = () => api.get<MachineView>(`/machines/${items[0]?.source}`);
    await expect.poll(async () => (await machine()).presenceAt > startedAt).toBe(true);
    expect(await machine()).toMatchObject({ presence: "online" });

    const { pid } = await runFile();
    process.kill(pid, "SIGKILL");
    expect((await exited)[0]).toBe(1);
    expect(said.text).toContain("采集中心意外结束");
    expect(child.exitCode).toBe(1);
  },
  UP_MS,
);

test(
  "enrols this PC as another when the identity in its home is another machine's",
  async () => {
    const path = join(home, "agent", "source", "identity.json");
    const before = JSON.parse(await readFile(path, "utf8"));
    await writeFile(path, JSON.stringify({ ...before, machine: "00000000000000bb" }));
    const { child, exited, says } = start();
    await says("本机 This PC");
    const now = JSON.parse(await readFile(path, "utf8"));
    const api = await apiClient({ home });
    const { items } = await api.get<{ items: { source: string }[] }>("/sources?kind=agent");
    expect(items.map(({ source }) => source).sort()).toEqual([before.source, now.source].sort());
    expect(now.machine).toBe(before.machine);
    child.kill("SIGTERM");
    expect((await exited)[0]).toBe(0);
  },
  UP_MS,
);
