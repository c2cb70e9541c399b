/**
 * The embedded broker: aedes on TLS with client certificates. Records are taken in `authorizePublish`, whose callback comes
 * before PUBACK: an acknowledged publish is a committed one, and the wait for the commit is the back-pressure.
 */
import { EventEmitter } from "node:events";
import { Aedes, type Client } from "aedes";
import type { Log } from "../../../protocol/log.ts";
import type { Clock } from "../../../protocol/time.ts";
import type { ServerCertificate } from "../pki/server-certificate.ts";
import type { Broker } from "../port.ts";
import type { IdentifySource } from "./certificate-identity.ts";
import { Counters } from "./counters.ts";
import { Gatekeeper } from "./gatekeeper.ts";
import { type BrokerLimits, DEFAULT_LIMITS } from "./limits.ts";
import { SessionBook } from "./session-book.ts";
import { openTlsListener } from "./tls-listener.ts";

export interface EmbeddedBrokerOptions {
  host: string;
  /** 0: any free port. */
  port: number;
  caPem: string;
  certificate: ServerCertificate;
  /** 48 bytes; given, clients resume their TLS sessions after a restart too. */
  ticketKeys?: Buffer;
  /** Whether a certificate's bearer may come in, and as whom. */
  identify: IdentifySource;
  limits?: Partial<BrokerLimits>;
  clock: Clock;
  log: Log;
}

export interface EmbeddedBroker extends Broker {
  /** The port that it listens on. */
  readonly port: number;
  /** Replaces the server certificate; connections that stand keep theirs. */
  setCertificate(certificate: ServerCertificate): void;
}

/** Topics of the contract have six levels. */
const TOPIC_LEVELS_MAX = 8;
/** Packets that a client may send before its CONNECT is answered. */
const EARLY_PACKETS_MAX = 42;

/** Starts listening. Rejects with AppError `port-in-use` or `listen-failed`. */
export async function openEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const { clock, log } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const counters = new Counters();
  const sessions = new SessionBook({ limits, clock, counters });
  const gatekeeper = new Gatekeeper({ identify: options.identify, sessions, limits, clock, log, counters });
  const aedes = await openAedes(gatekeeper, { limits, counters, log });
  const onSocket = (socket: Parameters<typeof aedes.handle>[0]) => void aedes.handle(socket);
  const listener = await openTlsListener({ ...options, limits, counters, onSocket });
  return {
    port: listener.port,
    setCertificate: listener.setCertificate,
    onPublication: (handler) => gatekeeper.setHandler(handler),
    publish: (topic, payload) => sessions.publish(topic, payload),
    async disconnect(source) {
      for (const { client } of sessions.ofSource(source)) client.close();
    },
    stats: () => ({
      ...counters.all(),
      connections: listener.open,
      handshakes_waiting: listener.waiting,
      sessions: sessions.size,
      subscriptions: sessions.subscriptions,
    }),
    async close() {
      gatekeeper.close();
      const closed = listener.close();
      await new Promise<void>((resolve) => aedes.close(resolve));
      await closed;
    },
  };
}

async function openAedes(
  gatekeeper: Gatekeeper,
  { limits, counters, log }: { limits: BrokerLimits; counters: Counters; log: Log },
): Promise<Aedes> {
  const aedes = await Aedes.createBroker({
    // With its default of 100 one subscriber that stops reading stalls every delivery.
    concurrency: 0,
    drainTimeout: limits.drainTimeoutMs,
    connectTimeout: limits.connectTimeoutMs,
    maxTopicLevels: TOPIC_LEVELS_MAX,
    maxInflightInbound: 1,
    queueLimit: EARLY_PACKETS_MAX,
    ...gatekeeper.hooks(),
  });
  // The type declarations of aedes leave out its `error` event.
  EventEmitter.prototype.on.call(aedes, "error", (error: Error) => log.error({ err: error }, "broker error"));
  const slow = new WeakSet<Client>();
  aedes.on("clientError", (client, error) => {
    const isSlow = error.message === "drain timeout";
    // Said once for each message that waited.
    if (isSlow && slow.has(client)) return;
    if (isSlow) slow.add(client);
    counters.add(isSlow ? "cut_off_slow" : "client_errors");
    log.debug({ client: client.id, err: error.message }, "client error");
  });
  aedes.on("connectionError", (_client, error) => {
    counters.add("connection_errors");
    log.debug({ err: error.message }, "connection error before CONNECT");
  });
  aedes.on("keepaliveTimeout", () => counters.add("keepalive_timeouts"));
  aedes.on("unsubscribe", (topics, client) => gatekeeper.forget(client, topics));
  return aedes;
}
