import { EventEmitter } from "node:events";
import type { FSWatcher } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { addClock, removeClock } from "../../collector/clocks/config.ts";
import { readHostIdentity } from "../../collector/clocks/host-identity.ts";
import { readerSourceFolder } from "../../collector/clocks/reader-main.ts";
import {
  AGAIN_MS_MAX,
  type ReaderHost,
  type ReaderHostDeps,
  startReaderHost,
  WATCH_AGAIN_MS,
} from "../../collector/readers.ts";
import { type Log, SILENT_LOG } from "../../protocol/log.ts";
import { seededRandom } from "../../protocol/seeded-random.ts";
import type { Clock } from "../../protocol/time.ts";
import { storeIdentity } from "../../protocol/uplink/identity.ts";
import { journalFolder, openNodeFiles } from "../../protocol/uplink/node-files.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { openSmallCentre } from "../support/small-centre.ts";
import { temporaryFolder } from "../support/test-store.ts";
import { until } from "../support/until.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

interface StartOptions {
  home: string;
  machine: string;
  centre: { url: string; caFile: string };
  token: () => Promise<string | undefined>;
  clock?: Clock;
  log?: Log;
  watch?: ReaderHostDeps["watch"];
}

function countingLog() {
  const log = {
    ...SILENT_LOG,
    errors: 0,
    error: () => {
      log.errors += 1;
    },
  };
  return log;
}

/** The readers of a home with one clock, whose identity was given to `machine`. */
async function startHost(options: StartOptions): Promise<ReaderHost> {
  const { home, machine, centre, token, clock = SYSTEM_CLOCK, log = SILENT_LOG, watch } = options;
  await addClock(home, { number: 1, family: "tcb", port: join(home, "no-such-port"), name: "door" });
  const identity = { source: "readers", site: "hall", certificate: "", ca: "", broker: "mqtts://127.0.0.1:9" };
  await storeIdentity(readerSourceFolder(home), { ...identity, expiresAt: "2999-01-01T00:00:00.000Z", machine });
  const host = await startReaderHost(
    { home, zone: "Asia/Shanghai", centre: { url: centre.url, caFile: centre.caFile }, token },
    { clock, random: seededRandom(1), log, ...(watch ? { watch } : {}) },
  );
  onTestFinished(() => host.stop());
  await host.settled();
  return host;
}

/** Tokens that the readers of a home asked for whose identity was given to `machine`, and those that the centre was shown. */
async function tokensFor(machine: string): Promise<{ asked: number; shown: unknown[] }> {
  const centre = await openSmallCentre();
  const home = await temporaryFolder();
  let asked = 0;
  const host = await startHost({ home, machine, centre, token: async () => `token-${++asked}` });
  expect(host.stats()).toMatchObject({ clocks: 1 });
  if (machine !== (await readHostIdentity()).machine) await until("a request", () => centre.requests.length > 0);
  return { asked, shown: centre.requests.map(({ body }) => body.token) };
}

test("readers that are enrolled ask for no token", async () => {
  expect(await tokensFor((await readHostIdentity()).machine)).toEqual({ asked: 0, shown: [] });
});

test("readers whose identity is another machine's enrol with a token, and wait for no officer", async () => {
  expect(await tokensFor("00000000000000bb")).toMatchObject({ asked: 1, shown: ["token-1"] });
});

test("readers that cannot start yet ask for one token, however often they try", async () => {
  const home = await temporaryFolder();
  const lock = await openNodeFiles(journalFolder(readerSourceFolder(home)));
  const centre = await openSmallCentre();
  const clock = new VirtualClock();
  let asked = 0;
  const token = async () => `token-${++asked}`;
  const log = countingLog();
  const host = await startHost({ home, machine: "00000000000000bb", centre, token, clock, log });
  for (let tries = 1; tries < 4; tries++) {
    await clock.advance(AGAIN_MS_MAX);
    await host.settled();
  }
  expect(log.errors).toBeGreaterThanOrEqual(4);
  expect(asked).toBe(1);
  await lock.close();
});

test("a watch of the folder that fails stops nobody, and is begun again", async () => {
  const home = await temporaryFolder();
  const centre = await openSmallCentre();
  const { machine } = await readHostIdentity();
  const watchers: FSWatcher[] = [];
  let changed = (_event: string, _file: string | null) => {};
  const watch: ReaderHostDeps["watch"] = (_folder, onChange) => {
    changed = onChange;
    const watcher = Object.assign(new EventEmitter(), { close() {} }) as unknown as FSWatcher;
    watchers.push(watcher);
    return watcher;
  };
  const clock = new VirtualClock();
  const host = await startHost({ home, machine, centre, token: async () => undefined, clock, watch });
  watchers[0]?.emit("error", new Error("too many watches"));
  expect(host.stats()).toMatchObject({ clocks: 1 });
  await addClock(home, { number: 2, family: "tcb", port: join(home, "no-such-port"), name: "gate" });
  await clock.advance(WATCH_AGAIN_MS);
  await until("the second clock", () => host.stats().clocks === 2);
  expect(watchers).toHaveLength(2);
  await removeClock(home, "gate");
  changed("rename", "clocks.json");
  await clock.advance(1_000);
  await until("the first clock alone", () => host.stats().clocks === 1);
});

test("a file that says the same as before leaves them alone, one with an item that is no clock does not", async () => {
  const home = await temporaryFolder();
  const centre = await openSmallCentre();
  const { machine } = await readHostIdentity();
  const clock = new VirtualClock();
  let changed = (_event: string, _file: string | null) => {};
  const watch: ReaderHostDeps["watch"] = (_folder, onChange) => {
    changed = onChange;
    return Object.assign(new EventEmitter(), { close() {} }) as unknown as FSWatcher;
  };
  const host = await startHost({ home, machine, centre, token: async () => undefined, clock, watch });
  const touch = async () => {
    changed("change", "clocks.json");
    await clock.advance(1_000);
    await host.settled();
  };
  const before = host.find("door")?.config;
  expect(before).toMatchObject({ name: "door" });
  await touch();
  expect(host.find("door")?.config).toBe(before);
  const path = join(home, "clocks.json");
  await writeFile(path, JSON.stringify([...JSON.parse(await readFile(path, "utf8")), { name: "gate" }]));
  await touch();
  expect(host.find("door")?.config).not.toBe(before);
  expect(host.faults()).toMatchObject([{ name: "gate", code: "clock-config-bad" }]);
});

test("a file that is no list any more leaves the readers as they are", async () => {
  const home = await temporaryFolder();
  const centre = await openSmallCentre();
  const { machine } = await readHostIdentity();
  const log = countingLog();
  const host = await startHost({ home, machine, centre, token: async () => undefined, log });
  await writeFile(join(home, "clocks.json"), "[{");
  await until("the refusal", () => log.errors > 0);
  expect(host.stats()).toMatchObject({ clocks: 1, faults: 1 });
  expect(host.faults()).toMatchObject([{ code: "clocks-file-bad" }]);
});

test("readers whose folder somebody has at the start begin once it is free", async () => {
  const home = await temporaryFolder();
  const lock = await openNodeFiles(journalFolder(readerSourceFolder(home)));
  const { machine } = await readHostIdentity();
  const centre = await openSmallCentre();
  const host = await startHost({ home, machine, centre, token: async () => undefined });
  expect(host.stats()).toMatchObject({ clocks: 0 });
  await lock.close();
  await until("the readers", () => host.stats().clocks === 1);
});
