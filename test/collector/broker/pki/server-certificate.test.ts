import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { type Authority, openAuthority } from "../../../../collector/broker/pki/authority.ts";
import { openCentreCertificate } from "../../../../collector/broker/pki/centre-certificate.ts";
import { keepCertificate } from "../../../../collector/broker/pki/kept-certificate.ts";
import { openServerCertificate, type ServerCertificate } from "../../../../collector/broker/pki/server-certificate.ts";
import { openTicketKeys } from "../../../../collector/broker/pki/ticket-keys.ts";
import { SILENT_LOG } from "../../../../protocol/log.ts";
import { temporaryFolder } from "../../../support/test-store.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const names = ["localhost", "127.0.0.1", "::1"];
let folder: string;
let clock: VirtualClock;
let authority: Authority;
let first: ServerCertificate;

beforeEach(async () => {
  folder = await temporaryFolder();
  clock = new VirtualClock(Date.now());
  authority = await openAuthority({ folder, name: "Dianmao", clock });
  first = await open();
});

const open = (wanted = names) => openServerCertificate(folder, authority, wanted, clock);

test("the certificate is kept, its key for the owner alone", async () => {
  expect(await open()).toEqual(first);
  expect((await stat(join(folder, "server.key"))).mode & 0o777).toBe(0o600);
});

test("another name gets a new certificate", async () => {
  expect((await open([...names, "hall.example"])).certificatePem).not.toBe(first.certificatePem);
});

test.each(["server.pem", "server.key"])("a damaged %s is replaced", async (name) => {
  await writeFile(join(folder, name), "half a f");
  const second = await open();
  expect(second.keyPem).not.toBe(first.keyPem);
  expect(await open()).toEqual(second);
});

test.each([
  ["server", () => open()],
  ["client", () => openCentreCertificate(folder, authority, clock)],
])("a month before the %s certificate runs out the running program hands over a new one, once", async (_what, keep) => {
  const renewed: ServerCertificate[] = [];
  const deps = { open: keep, clock, log: SILENT_LOG };
  const stop = keepCertificate(deps, await keep(), (certificate) => renewed.push(certificate));
  for (let day = 0; day < 366; day++) await clock.advance(DAY_MS);
  expect(renewed).toEqual([]);
  for (let day = 0; day < 4; day++) {
    await clock.advance(DAY_MS);
    await expectSettled(renewed, day);
  }
  stop();
  expect(renewed).toEqual([await keep()]);
  expect(clock.pendingTimers).toBe(0);
});

/** Signing and writing the file take real time. */
async function expectSettled(renewed: ServerCertificate[], day: number): Promise<void> {
  await expect.poll(() => clock.pendingTimers).toBe(1);
  if (day > 1) expect(renewed).toHaveLength(1);
}

test("ticket keys outlive a restart and are replaced after a week", async () => {
  const keys = await openTicketKeys(folder, clock);
  expect(keys).toHaveLength(48);
  expect(await openTicketKeys(folder, clock)).toEqual(keys);
  expect((await stat(join(folder, "ticket.keys"))).mode & 0o777).toBe(0o600);
  await clock.advance(8 * DAY_MS);
  expect(await openTicketKeys(folder, clock)).not.toEqual(keys);
});
