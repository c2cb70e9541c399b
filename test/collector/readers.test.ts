import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { addClock } from "../../collector/clocks/config.ts";
import { readHostIdentity } from "../../collector/clocks/host-identity.ts";
import { readerSourceFolder } from "../../collector/clocks/reader-main.ts";
import { type ReaderHost, startReaderHost } from "../../collector/readers.ts";
import { SILENT_LOG } from "../../protocol/log.ts";
import { seededRandom } from "../../protocol/seeded-random.ts";
import { storeIdentity } from "../../protocol/uplink/identity.ts";
import { journalFolder, openNodeFiles } from "../../protocol/uplink/node-files.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { openSmallCentre } from "../support/small-centre.ts";
import { temporaryFolder } from "../support/test-store.ts";
import { until } from "../support/until.ts";

interface StartOptions {
  home: string;
  machine: string;
  centre: { url: string; caFile: string };
  token: () => Promise<string | undefined>;
}

/** The readers of a home with one clock, whose identity was given to `machine`. */
async function startHost({ home, machine, centre, token }: StartOptions): Promise<ReaderHost> {
  await addClock(home, { number: 1, family: "tcb", port: join(home, "no-such-port"), name: "door" });
  const identity = { source: "readers", site: "hall", certificate: "", ca: "", broker: "mqtts://127.0.0.1:9" };
  await storeIdentity(readerSourceFolder(home), { ...identity, expiresAt: "2999-01-01T00:00:00.000Z", machine });
  const host = await startReaderHost(
    { home, zone: "Asia/Shanghai", centre: { url: centre.url, caFile: centre.caFile }, token },
    { clock: SYSTEM_CLOCK, random: seededRandom(1), log: SILENT_LOG },
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
