/**
 * Configuration for a NATS server with MQTT in place of the embedded broker. NATS maps a certificate's subject to a user and knows
 * no pattern, so every source is listed; it reads the list again at `nats-server --signal reload`.
 */
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { BATCH_BYTES_MAX } from "../../../protocol/messages/limits.ts";
import {
  addressOf,
  type Channel,
  DOWNWARD_CHANNELS,
  formatTopic,
  TOPIC_ROOT,
  UPWARD_CHANNELS,
} from "../../../protocol/messages/topics.ts";
import type { Clock } from "../../../protocol/time.ts";
import { CENTRE_SOURCE } from "../../registry/decisions.ts";
import type { Authority } from "../pki/authority.ts";
import { PRIVATE_MODE, PUBLIC_MODE, writeWhole } from "../pki/files.ts";
import { openServerCertificate } from "../pki/server-certificate.ts";

export interface NatsSettings {
  /** Address that MQTT clients connect to. */
  host: string;
  port: number;
  /** Port of NATS's own protocol, on loopback; -1: any free one. */
  natsPort: number;
}

export interface NatsSource {
  source: string;
  site: string;
}

const TOPIC_ROOM_BYTES = 2048;
const CONNECTIONS_MAX = 12_000;
const ACK_PENDING_MAX = 2000;
/** Where NATS delivers messages of QoS 1 to a subscriber. */
const DELIVERIES = "$MQTT.sub.>";

/** `folder` holds the files named in it, and has an absolute path. */
export function natsConfig(folder: string, settings: NatsSettings, sources: readonly NatsSource[]): string {
  const file = (name: string) => JSON.stringify(join(folder, name));
  const users = [centreUser(), ...sources.map(sourceUser)].map((user) => `    ${user}`).join(",\n");
  return `# NATS with MQTT as the broker of Dianmao. Made by \`dianmao broker nats-config\`; run it again after each enrolment and revocation,
# then \`nats-server --signal reload\`.
listen: "127.0.0.1:${settings.natsPort}"
server_name: "dianmao"
max_connections: ${CONNECTIONS_MAX}
max_payload: ${BATCH_BYTES_MAX + TOPIC_ROOM_BYTES}

# MQTT in NATS stands on JetStream; nothing of ours depends on what it keeps.
jetstream { store_dir: ${file("jetstream")} }

mqtt {
  host: ${JSON.stringify(settings.host)}
  port: ${settings.port}
  max_ack_pending: ${ACK_PENDING_MAX}
  # Who comes in: bearers of a certificate of this authority whose subject is listed below.
  tls { cert_file: ${file("server.pem")}, key_file: ${file("server.key")}, ca_file: ${file("ca.pem")}, verify_and_map: true }
}

authorization {
  users: [
${users}
  ]
}
`;
}

function centreUser(): string {
  const every = (channel: Channel) => subjectOf(`${TOPIC_ROOT}/+/+/+/${channel}`);
  return userOf(`CN=${CENTRE_SOURCE}`, DOWNWARD_CHANNELS.map(every), UPWARD_CHANNELS.map(every));
}

function sourceUser({ source, site }: NatsSource): string {
  const own = (channel: Channel) => subjectOf(formatTopic(addressOf(site, source), channel));
  return userOf(`CN=${source},O=${site}`, UPWARD_CHANNELS.map(own), DOWNWARD_CHANNELS.map(own));
}

function userOf(user: string, publish: string[], subscribe: string[]): string {
  const permissions = { publish, subscribe: [...subscribe, DELIVERIES] };
  return `{ user: ${JSON.stringify(user)}, permissions: ${JSON.stringify(permissions)} }`;
}

/** A topic or filter of MQTT as NATS names it; names of the contract hold no dot. */
function subjectOf(topic: string): string {
  return topic.replaceAll("/", ".").replaceAll("+", "*");
}

export interface WriteNatsDeps {
  authority: Authority;
  /** Names and addresses by which sources reach this server. */
  names: readonly string[];
  clock: Clock;
}

/** Writes configuration, authority and a server certificate; resolves to the configuration's path. */
export async function writeNatsConfig(
  out: string,
  settings: NatsSettings,
  sources: readonly NatsSource[],
  { authority, names, clock }: WriteNatsDeps,
): Promise<string> {
  const folder = resolve(out);
  await mkdir(folder, { recursive: true });
  await openServerCertificate(folder, authority, names, clock);
  await writeWhole(join(folder, "ca.pem"), authority.caPem, PUBLIC_MODE);
  const path = join(folder, "nats.conf");
  await writeWhole(path, natsConfig(folder, settings, sources), PRIVATE_MODE);
  return path;
}
