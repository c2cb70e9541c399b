/** External brokers in processes of their own, on a given port, that can be killed and come back. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { writeMosquittoConfig } from "../../../collector/broker/external/mosquitto-config.ts";
import { openAuthority } from "../../../collector/broker/pki/authority.ts";
import { openServerCertificate, serverNames } from "../../../collector/broker/pki/server-certificate.ts";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";
import { startMosquitto } from "../../support/mosquitto.ts";
import { type RunningProgram, startProgram } from "../../support/programs.ts";

export type BrokerKind = "embedded" | "mosquitto" | "nats";

export interface ExternalBrokerProcess {
  url: string;
  /** SIGKILL and start again on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const HOST = "127.0.0.1";

/** `centreHome`: of a collector that ran once, so that its authority is there. */
export async function startBroker(
  kind: Exclude<BrokerKind, "embedded">,
  centreHome: string,
  folder: string,
  port: number,
): Promise<ExternalBrokerProcess> {
  await mkdir(folder, { recursive: true });
  const authority = await openAuthority({ folder: join(centreHome, "pki"), name: "unused", clock: SYSTEM_CLOCK });
  return kind === "mosquitto" ? mosquitto(folder, authority, port) : nats(folder, authority, port);
}

type Authority = Awaited<ReturnType<typeof openAuthority>>;

async function mosquitto(folder: string, authority: Authority, port: number): Promise<ExternalBrokerProcess> {
  const revocationList = await authority.issueRevocationList([], 1);
  const deps = { authority, names: serverNames(), revocationList, clock: SYSTEM_CLOCK };
  const config = await writeMosquittoConfig(folder, { host: HOST, port, sites: [] }, deps);
  return killable(() => startMosquitto(config, port), port);
}

/** NATS speaks MQTT 3.1.1 over its own streams; who may do what is here left to the centre, which checks every topic. */
async function nats(folder: string, authority: Authority, port: number): Promise<ExternalBrokerProcess> {
  const { certificatePem, keyPem } = await openServerCertificate(folder, authority, serverNames(), SYSTEM_CLOCK);
  const file = (name: string) => JSON.stringify(join(folder, name));
  await writeFile(join(folder, "nats.pem"), certificatePem);
  await writeFile(join(folder, "nats.key"), keyPem, { mode: 0o600 });
  await writeFile(join(folder, "nats-ca.pem"), authority.caPem);
  await writeFile(
    join(folder, "nats.conf"),
    `server_name: dianmao
listen: "${HOST}:-1"
jetstream { store_dir: ${file("streams")} }
mqtt {
  listen: "${HOST}:${port}"
  tls { cert_file: ${file("nats.pem")}, key_file: ${file("nats.key")}, ca_file: ${file("nats-ca.pem")}, verify: true }
}
`,
  );
  return killable(() => startProgram("nats-server", ["-c", join(folder, "nats.conf")], port), port);
}

async function killable(start: () => Promise<RunningProgram>, port: number): Promise<ExternalBrokerProcess> {
  let running = await start();
  return {
    url: `mqtts://${HOST}:${port}`,
    async restart() {
      await running.kill("SIGKILL");
      running = await start();
    },
    stop: () => running.kill("SIGKILL"),
  };
}
