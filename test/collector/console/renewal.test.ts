import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect } from "node:tls";
import { expect, onTestFinished, test } from "vitest";
import { openAuthority } from "../../../collector/broker/pki/authority.ts";
import type { ConsoleDeps } from "../../../collector/console/app.ts";
import { openConsole } from "../../../collector/console/console.ts";
import { createHealth } from "../../../collector/health.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { openTestStore, temporaryFolder } from "../../support/test-store.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const DAYS = 10;

async function shownSerial(port: number, ca: string): Promise<string> {
  const socket = connect({ port, host: "127.0.0.1", ca, servername: "localhost" });
  await once(socket, "secureConnect");
  const serial = (socket.getPeerX509Certificate() as X509Certificate).serialNumber;
  socket.destroy();
  return serial;
}

test("a renewed certificate is shown without a restart", async () => {
  const clock = new VirtualClock(Date.now());
  const store = await openTestStore({ clock });
  const authority = await openAuthority({ folder: await temporaryFolder(), name: "Dianmao", clock });
  const issue = async () => {
    const { pem, keyPem } = await authority.issueServer(["localhost"], DAYS);
    return { certificatePem: pem, keyPem };
  };
  const [first, second] = [await issue(), await issue()];
  const health = createHealth({ store, clock, stats: () => ({}) });
  const deps = { store, clock, log: SILENT_LOG, health, version: "1.0.0" } as unknown as ConsoleDeps;
  const console_ = await openConsole({ host: "127.0.0.1", port: 0, certificate: first }, deps);
  onTestFinished(() => console_.close());

  expect(await shownSerial(console_.port, authority.caPem)).toBe(
    new X509Certificate(first.certificatePem).serialNumber,
  );
  console_.setCertificate(second);
  expect(await shownSerial(console_.port, authority.caPem)).toBe(
    new X509Certificate(second.certificatePem).serialNumber,
  );
});
