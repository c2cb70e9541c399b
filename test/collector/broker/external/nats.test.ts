import { join } from "node:path";
import mqtt from "mqtt";
import { describe, expect, onTestFinished, test } from "vitest";
import { openExternalBroker } from "../../../../collector/broker/external/external-broker.ts";
import { writeNatsConfig } from "../../../../collector/broker/external/nats-config.ts";
import { openAuthority } from "../../../../collector/broker/pki/authority.ts";
import { openCentreCertificate } from "../../../../collector/broker/pki/centre-certificate.ts";
import { serverNames } from "../../../../collector/broker/pki/server-certificate.ts";
import { SILENT_LOG } from "../../../../protocol/log.ts";
import { parseTopic } from "../../../../protocol/messages/topics.ts";
import { SYSTEM_CLOCK } from "../../../../protocol/uplink/system-clock.ts";
import { SITE, topicOf } from "../../../support/broker-fixture.ts";
import { freePort } from "../../../support/free-port.ts";
import { opensslRequest } from "../../../support/openssl.ts";
import { areInstalled, startProgram } from "../../../support/programs.ts";
import { temporaryFolder } from "../../../support/test-store.ts";

const clock = SYSTEM_CLOCK;

async function openNats() {
  const folder = await temporaryFolder();
  const authority = await openAuthority({ folder, name: "Dianmao test", clock });
  const port = await freePort();
  const sources = ["pc-1", "pc-2"].map((source) => ({ source, site: SITE }));
  const settings = { host: "127.0.0.1", port, natsPort: await freePort() };
  const deps = { authority, names: serverNames(), clock };
  const config = await writeNatsConfig(join(folder, "nats"), settings, sources, deps);
  const server = await startProgram("nats-server", ["-c", config], port);
  onTestFinished(() => server.kill());
  return { folder, authority, port };
}

type Nats = Awaited<ReturnType<typeof openNats>>;

async function openCentre({ folder, authority, port }: Nats) {
  const centre = openExternalBroker({
    url: `mqtts://localhost:${port}`,
    caPem: authority.caPem,
    own: await openCentreCertificate(folder, authority, clock),
    clock,
    random: () => 0,
    log: SILENT_LOG,
  });
  onTestFinished(() => centre.close());
  const taken: [string, string][] = [];
  centre.onPublication(async ({ topic, payload }) => {
    taken.push([topic.source, payload.toString()]);
  });
  await centre.ready;
  return { centre, taken };
}

async function connectSource({ authority, port }: Nats, source: string) {
  const { csrPem, keyPem } = opensslRequest(source);
  const { pem } = await authority.issueClient(csrPem, source, SITE, 1);
  const credentials = { ca: authority.caPem, cert: pem, key: keyPem, clientId: source };
  const client = mqtt.connect(`mqtts://localhost:${port}`, { ...credentials, protocolVersion: 4, reconnectPeriod: 0 });
  onTestFinished(() => void client.end(true));
  client.on("error", () => {});
  await new Promise<void>((resolve, reject) => {
    client.once("connect", () => resolve());
    client.once("close", () => reject(new Error("refused")));
  });
  return client;
}

describe.runIf(areInstalled("nats-server"))("NATS by the generated configuration", () => {
  test("carries messages up and acknowledgements down, each source's own and no other's", async () => {
    const nats = await openNats();
    const { centre, taken } = await openCentre(nats);
    const [pc, other] = [await connectSource(nats, "pc-1"), await connectSource(nats, "pc-2")];
    const seen: string[] = [];
    pc.on("message", (topic) => seen.push(topic));
    await pc.subscribeAsync([topicOf("pc-1", "ack"), topicOf("pc-2", "ack")]).catch(() => {});
    await pc.publishAsync(topicOf("pc-1", "up"), "own", { qos: 1 });
    await pc.publishAsync(topicOf("pc-2", "up"), "forged", { qos: 1 });
    await other.publishAsync(topicOf("pc-2", "status"), "online", { qos: 1, retain: true });
    for (const source of ["pc-2", "pc-1"]) {
      await centre.publish(parseTopic(topicOf(source, "ack")) ?? expect.fail(), "through");
    }
    await expect
      .poll(() => taken)
      .toEqual([
        ["pc-1", "own"],
        ["pc-2", "online"],
      ]);
    await expect.poll(() => seen).toEqual([topicOf("pc-1", "ack")]);
  });

  test("lets in nobody who is not listed, whatever the certificate", async () => {
    const nats = await openNats();
    await expect(connectSource(nats, "pc-3")).rejects.toThrow();
    await connectSource(nats, "pc-1");
  });
});
