import { readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemOs } from "../../../agent/os/system-os.ts";

/** A killed process that nobody has reaped yet is not running. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

const os = systemOs();
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "dianmao-os-"));
});
afterEach(() => rm(folder, { recursive: true }));

describe.runIf(process.platform === "linux")("commands", () => {
  it("give output and exit code, in the C locale, without a shell", async () => {
    expect(await os.run("sh", ["-c", 'echo "$LC_ALL $1"; echo e >&2; exit 3', "x", "$HOME"])).toEqual({
      ok: true,
      exitCode: 3,
      stdout: "C $HOME\n",
      stderr: "e\n",
    });
  });

  it("do not inherit the enrolment token", async () => {
    vi.stubEnv("DIANMAO_TOKEN", "secret");
    expect(await os.run("sh", ["-c", "env"])).toMatchObject({ stdout: expect.not.stringContaining("secret") });
  });

  it("that do not exist are not installed", async () => {
    expect(await os.run("no-such-command-here", [])).toMatchObject({ ok: false, reason: "not-installed" });
  });

  it("that hang are killed with a reason, and what they started with them", async () => {
    const script = `sleep 30 & echo $! > ${folder}/pid; sleep 30`;
    expect(await os.run("sh", ["-c", script], { timeoutMs: 200 })).toMatchObject({ reason: "probe-timeout" });
    const pid = Number((await readFile(`${folder}/pid`, "utf8")).trim());
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  it("that talk without end are cut off", async () => {
    expect(await os.run("yes", [], { maxBytes: 10_000 })).toMatchObject({ ok: false, reason: "probe-failed" });
    const exact = await os.run("head", ["-c", "10000", "/dev/zero"], { maxBytes: 10_000 });
    expect(exact.ok && exact.stdout.length).toBe(10_000);
  });

  it("that die of a signal have failed", async () => {
    expect(await os.run("sh", ["-c", "kill -9 $$"])).toMatchObject({ ok: false, reason: "probe-failed" });
  });
});

describe("files", () => {
  it("are read whole, by their head, or unpacked", async () => {
    const path = join(folder, "log.1.gz");
    await writeFile(path, gzipSync("Start-Date: 2026\n"));
    await writeFile(join(folder, "plain"), "0123456789");
    expect(await os.readMaybeGzip(path)).toEqual({ ok: true, text: "Start-Date: 2026\n" });
    expect(await os.readText(join(folder, "plain"))).toEqual({ ok: true, text: "0123456789" });
    expect(await os.readText(join(folder, "plain"), 9)).toMatchObject({ ok: false, reason: "unreadable" });
    const head = await os.readHead(join(folder, "plain"), 4);
    expect(head.ok && new TextDecoder().decode(head.bytes)).toBe("0123");
  });

  it("that are missing, folders or not packed are reasons", async () => {
    await writeFile(join(folder, "fake.gz"), "not packed");
    expect(await os.readText(join(folder, "none"))).toMatchObject({ reason: "not-recorded" });
    expect(await os.readText(folder)).toMatchObject({ reason: "unreadable" });
    expect(await os.readMaybeGzip(join(folder, "fake.gz"))).toMatchObject({ ok: false });
    expect(await os.stat(join(folder, "none"))).toMatchObject({ reason: "not-recorded" });
  });

  it("are found by stars within a level", async () => {
    for (const name of ["a.log", "b.log", "b.txt", "x+y.log"]) await writeFile(join(folder, name), "");
    expect(await os.glob(`${folder}/*.log`)).toEqual([`${folder}/a.log`, `${folder}/b.log`, `${folder}/x+y.log`]);
    expect(await os.glob(`${folder}/x+*`)).toEqual([`${folder}/x+y.log`]);
    expect(await os.glob("/no/such/*/path")).toEqual([]);
  });
});

describe.runIf(process.platform === "linux")("local sockets", () => {
  it("are asked once and read until they close", async () => {
    const path = join(folder, "clamd.ctl");
    const server = createServer((socket) => socket.once("data", (data) => socket.end(`${data}ClamAV 1.4.6\0`)));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    expect(await os.ask(path, "zVERSION\0")).toEqual({ ok: true, text: "zVERSION\0ClamAV 1.4.6\0" });
    server.close();
  });

  it("that stay silent or are not there are reasons", async () => {
    const path = join(folder, "silent.ctl");
    const server = createServer((socket) => socket.on("error", () => {}));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    expect(await os.ask(path, "x", { timeoutMs: 50 })).toMatchObject({ reason: "probe-timeout" });
    server.close();
    expect(await os.ask(join(folder, "none.ctl"), "x")).toMatchObject({ reason: "not-running" });
  });

  it("tell the address towards a host without sending anything", async () => {
    expect(await os.sourceAddressTo("127.0.0.1")).toEqual({ ok: true, text: "127.0.0.1" });
  });

  it("say why there is no way to a host", async () => {
    // The kernel refuses the broadcast address to a socket that did not ask for it.
    expect(await os.sourceAddressTo("255.255.255.255")).toEqual({
      ok: false,
      reason: "access-denied",
      detail: "route to 255.255.255.255: EACCES",
    });
  });
});
