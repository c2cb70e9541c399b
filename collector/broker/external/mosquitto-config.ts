/**
 * Configuration and access control for a Mosquitto 2.0 in place of the embedded broker: the same authority, the same rules per
 * source, the same limits. Mosquitto takes the user name from the certificate, so nobody needs a password.
 */
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { BATCH_BYTES_MAX } from "../../../protocol/messages/limits.ts";
import { DOWNWARD_CHANNELS, TOPIC_ROOT, UPWARD_CHANNELS } from "../../../protocol/messages/topics.ts";
import type { Clock } from "../../../protocol/time.ts";
import { CENTRE_SOURCE } from "../../registry/decisions.ts";
import type { Authority } from "../pki/authority.ts";
import { PRIVATE_MODE, PUBLIC_MODE, writeWhole } from "../pki/files.ts";
import { openServerCertificate } from "../pki/server-certificate.ts";

export interface MosquittoSettings {
  /** Address to listen on; `0.0.0.0` for all. */
  host: string;
  port: number;
  /** Sites whose sources connect here; none: any site, which the centre checks anyway. */
  sites: readonly string[];
}

const TOPIC_ROOM_BYTES = 2048;
const CONNECTIONS_MAX = 12_000;
/** Of the messages on their way to the centre, which are acknowledged once they are committed: the default of 20 would starve it. */
export const INFLIGHT_MESSAGES_MAX = 2000;
/** Kept in memory for the centre while it is slow; what is dropped beyond, the sources send again. */
const QUEUED_MESSAGES_MAX = 10_000;
const QUEUED_BYTES_MAX = 128 * 1024 * 1024;
const MEMORY_BYTES_MAX = 1024 * 1024 * 1024;

/** `folder` holds the files named in it, and has an absolute path. */
export function mosquittoConfig(folder: string, { host, port }: MosquittoSettings): string {
  const file = (name: string) => join(folder, name);
  return `# Mosquitto 2.0 as the broker of Dianmao. Made by \`dianmao broker mosquitto-config\`; run it again after a revocation, and
# restart Mosquitto. The user that Mosquitto runs as must be able to read the files named here.
per_listener_settings false
listener ${port} ${host}
protocol mqtt
max_connections ${CONNECTIONS_MAX}

# Who comes in: bearers of a certificate of this authority that is not revoked, by the name in it and no other.
cafile ${file("ca.pem")}
certfile ${file("server.pem")}
keyfile ${file("server.key")}
crlfile ${file("ca.crl")}
require_certificate true
use_identity_as_username true
use_username_as_clientid true
allow_anonymous false
acl_file ${file("acl")}
tls_version tlsv1.2

# What they may cost.
max_packet_size ${BATCH_BYTES_MAX + TOPIC_ROOM_BYTES}
max_inflight_messages ${INFLIGHT_MESSAGES_MAX}
max_queued_messages ${QUEUED_MESSAGES_MAX}
max_queued_bytes ${QUEUED_BYTES_MAX}
memory_limit ${MEMORY_BYTES_MAX}
max_keepalive 1200
set_tcp_nodelay true

# Nothing depends on what a broker keeps: delivery is from journal to database.
persistence false
`;
}

/**
 * The access-control file. \`%u\` is the common name of the certificate; the bucket is a function of it that Mosquitto cannot
 * compute, so any is let through, and the centre takes only the right one.
 */
export function mosquittoAcl({ sites }: MosquittoSettings): string {
  const sitesOrAny = sites.length > 0 ? sites : ["+"];
  const centre = [
    ...UPWARD_CHANNELS.map((channel) => `topic read ${TOPIC_ROOT}/+/+/+/${channel}`),
    ...DOWNWARD_CHANNELS.map((channel) => `topic write ${TOPIC_ROOT}/+/+/+/${channel}`),
  ];
  const sources = sitesOrAny.flatMap((site) => [
    ...UPWARD_CHANNELS.map((channel) => `pattern write ${TOPIC_ROOT}/+/${site}/%u/${channel}`),
    ...DOWNWARD_CHANNELS.map((channel) => `pattern read ${TOPIC_ROOT}/+/${site}/%u/${channel}`),
  ]);
  return [`user ${CENTRE_SOURCE}`, ...centre, "", ...sources, ""].join("\n");
}

export interface WriteMosquittoDeps {
  authority: Authority;
  /** Names and addresses by which sources reach this Mosquitto. */
  names: readonly string[];
  /** PEM. */
  revocationList: string;
  clock: Clock;
}

/** Writes configuration, access control, authority, revocation list and a server certificate; resolves to the configuration's path. */
export async function writeMosquittoConfig(
  out: string,
  settings: MosquittoSettings,
  { authority, names, revocationList, clock }: WriteMosquittoDeps,
): Promise<string> {
  const folder = resolve(out);
  await mkdir(folder, { recursive: true });
  await openServerCertificate(folder, authority, names, clock);
  const path = join(folder, "mosquitto.conf");
  await writeWhole(join(folder, "ca.pem"), authority.caPem, PUBLIC_MODE);
  await writeWhole(join(folder, "ca.crl"), revocationList, PUBLIC_MODE);
  // Mosquitto warns of an access-control file that others may write, and a later one refuses one that others may read.
  await writeWhole(join(folder, "acl"), mosquittoAcl(settings), PRIVATE_MODE);
  await writeWhole(path, mosquittoConfig(folder, settings), PUBLIC_MODE);
  return path;
}
