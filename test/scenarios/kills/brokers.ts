/** External brokers in processes of their own, on a given port, that can be killed and come back. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { writeMosquittoConfig } from "../../../collector/broker/external/mosquitto-config.ts";
import { openAuthority } from "../../../collector/broker/pki/authority.ts";
import { openServerCertificate, serverNames } from "../../../collector/broker/pki/server-certificate.ts";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";
import { startMosquitto } from "../../support/mosquitto.ts";

export type BrokerKind = "embedded" | "mosquitto" | "nats";

export interface ExternalBrokerProcess {
  url: string;
  /** SIGKILL and start again on the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const HOST = "127.0.0.1";
const START_TRIES_MAX = 500;

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
  await writeMosquittoConfig(folder, { host: HOST, port, sites: [] }, deps);
  const config = join(folder, "mosquitto.conf");
  let running = await startMosquitto(config, port);
  return {
    url: `mqtts://${HOST}:${port}`,
    async restart() {
      await running.kill("SIGKILL");
      running = await startMosquitto(config, port);
    },
    stop: () => running.kill("SIGKILL"),
  };
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
  let running = await startNats(join(folder, "nats.conf"), port);
  const kill = async () => {
    const exited = once(running, "exit");
    running.kill("SIGKILL");
    await exited;
  };
  return {
    url: `mqtts://${HOST}:${port}`,
    async restart() {
      await kill();
      running = await startNats(join(folder, "nats.conf"), port);
    },
    stop: kill,
  };
}

async function startNats(config: string, port: number): Promise<ChildProcess> {
  const child = spawn("nats-server", ["-c", config], { stdio: ["ignore", "ignore", "pipe"] });
  let text = "";
  child.stderr.on("data", (chunk) => {
    text = (text + chunk).slice(-4000);
  });
  for (let tries = 0; tries < START_TRIES_MAX; tries++) {
    if (child.exitCode !== null) throw new Error(`nats-server ended: ${text}`);
    if (await isOpen(port)) return child;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`nats-server does not answer: ${text}`);
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: HOST }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
