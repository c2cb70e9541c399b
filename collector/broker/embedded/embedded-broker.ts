/**
 * The embedded broker: aedes on TLS with client certificates. Records are taken in `authorizePublish`, whose callback comes
 * before PUBACK: an acknowledged publish is a committed one, and the wait for the commit is the back-pressure.
 */
import { EventEmitter } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { Aedes, type AuthenticateError, type Client } from "aedes";
import { AppError } from "../../../protocol/errors.ts";
import type { Log } from "../../../protocol/log.ts";
import { formatTopic, type ParsedTopic } from "../../../protocol/messages/topics.ts";
import type { Clock } from "../../../protocol/time.ts";
import type { ServerCertificate } from "../pki/server-certificate.ts";
import type { Broker, Publication } from "../port.ts";
import { type ConnectRequest, judgeConnect, judgePublish, judgeSubscribe, type Refusal } from "./access.ts";
import { Admission } from "./admission.ts";
import { certificateOf, type IdentifySource } from "./certificate-identity.ts";
import { Counters } from "./counters.ts";
import { type BrokerLimits, DEFAULT_LIMITS } from "./limits.ts";
import { PacketSizeGuard } from "./packet-size-guard.ts";
import { SessionBook } from "./session-book.ts";

export interface EmbeddedBrokerOptions {
  host: string;
  /** 0: any free port. */
  port: number;
  caPem: string;
  certificate: ServerCertificate;
  /** Whether a certificate's bearer may come in, and as whom. */
  identify: IdentifySource;
  limits?: Partial<BrokerLimits>;
  clock: Clock;
  log: Log;
}

export interface EmbeddedBroker extends Broker {
  /** The port that it listens on. */
  readonly port: number;
}

/** MQTT 3.1.1 return code 5: not authorised. */
const NOT_AUTHORISED = 5;
const SESSION_SECONDS = 24 * 60 * 60;

/** Starts listening. Rejects with AppError `port-in-use` or `listen-failed`. */
export async function openEmbeddedBroker(options: EmbeddedBrokerOptions): Promise<EmbeddedBroker> {
  const { clock, log } = options;
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  const counters = new Counters();
  const sessions = new SessionBook({ limits, clock, counters });
  let handler: (publication: Publication) => Promise<void> = async () => {};

  const aedes = await Aedes.createBroker({
    concurrency: 0,
    drainTimeout: limits.drainTimeoutMs,
    connectTimeout: limits.connectTimeoutMs,
    maxTopicLevels: 8,
    maxInflightInbound: 1,
    queueLimit: 8,
    preConnect: (client, packet, callback) => {
      connectRequests.set(client, packet as ConnectRequest);
      callback(null, true);
    },
    authenticate: (client, _username, _password, done) => {
      admit(client).then(
        (code) => done(code === undefined ? null : refuse(code, client), code === undefined),
        (error: Error) => done(refusalError(error.message), false),
      );
    },
    authorizePublish: (client, packet, callback) => {
      if (client === null) return callback(null);
      takePublish(client, packet).then(callback, callback);
    },
    authorizeSubscribe: (client, subscription, callback) => {
      const session = sessions.of(client);
      const judged = session && judgeSubscribe(subscription.topic, subscription.qos, session.identity);
      if (session && judged?.ok) {
        session.reads.add(judged.value.channel);
        return callback(null, subscription);
      }
      refuse(judged && !judged.ok ? judged.code : "topic-unknown", client);
      callback(null, null);
    },
  });
  const connectRequests = new WeakMap<Client, ConnectRequest>();

  async function admit(client: Client): Promise<Refusal | string | undefined> {
    const found = certificateOf(client.conn as TLSSocket);
    if (!found) return "no-certificate";
    const identity = await options.identify(found);
    if (!identity.ok) return identity.code;
    const request = connectRequests.get(client);
    if (!request) return "no-connect";
    const judged = judgeConnect(request, identity, limits.keepaliveSecondsMax);
    if (!judged.ok) return judged.code;
    return sessions.add(client, identity, (client.conn as TLSSocket).remoteAddress ?? "")
      ? undefined
      : "too-many-sessions";
  }

  async function takePublish(
    client: Client,
    packet: { topic: string; qos: number; retain: boolean; payload: Buffer | string },
  ) {
    const session = sessions.of(client);
    if (!session) return new Error("no session");
    const judged = judgePublish(packet, session.identity);
    if (!judged.ok) return refuse(judged.code, client);
    if (!session.publishes.take()) return refuse("publish-rate", client);
    counters.add("publications");
    const payload = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
    await handler({ topic: judged.value, payload, address: session.address, receivedAt: clock.now() });
    return null;
  }

  function refuse(code: string, client: Client): AuthenticateError {
    counters.add(`refused_${code.replaceAll("-", "_")}`);
    log.warn({ code, client: client.id, address: (client.conn as Socket).remoteAddress }, "refused a client");
    return refusalError(code);
  }

  EventEmitter.prototype.on.call(aedes, "error", (error: Error) => log.error({ err: error.message }, "broker error"));
  aedes.on("clientError", (client, error) => {
    counters.add("client_errors");
    log.debug({ client: client.id, err: error.message }, "client error");
  });
  aedes.on("connectionError", (_client, error) => {
    counters.add("connection_errors");
    log.debug({ err: error.message }, "connection error before CONNECT");
  });
  aedes.on("clientDisconnect", (client) => sessions.remove(client));
  aedes.on("keepaliveTimeout", (_client) => counters.add("keepalive_timeouts"));

  const tls = createTlsServer(
    {
      ca: options.caPem,
      cert: options.certificate.certificatePem,
      key: options.certificate.keyPem,
      requestCert: true,
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
      handshakeTimeout: limits.connectTimeoutMs,
      sessionTimeout: SESSION_SECONDS,
    },
    (socket) => {
      guardSize(socket, limits.packetBytesMax, counters);
      socket.setNoDelay(true);
      aedes.handle(socket);
    },
  );
  tls.on("tlsClientError", (error, socket) => {
    counters.add("tls_errors");
    log.debug({ err: error.message, address: socket.remoteAddress }, "TLS handshake failed");
  });
  const admission = new Admission({ limits, clock, counters, admit: (socket) => tls.emit("connection", socket) });
  const listener = createServer({ pauseOnConnect: false }, (socket) => admission.accept(socket));
  const port = await listen(listener, options);

  return {
    port,
    onPublication(next) {
      handler = next;
    },
    async publish(topic: ParsedTopic, payload: string) {
      await sessions.publish(topic, formatTopic(topic, topic.channel), payload);
    },
    async disconnect(source) {
      for (const { client } of sessions.ofSource(source)) client.close();
    },
    stats: () => ({
      ...counters.all(),
      connections: admission.open,
      handshakes_waiting: admission.waiting,
      sessions: sessions.size,
    }),
    async close() {
      admission.close();
      await Promise.all([
        new Promise<void>((resolve) => listener.close(() => resolve())),
        new Promise<void>((resolve) => aedes.close(resolve)),
      ]);
      tls.removeAllListeners();
    },
  };
}

function refusalError(code: string): AuthenticateError {
  return Object.assign(new Error(code), { returnCode: NOT_AUTHORISED });
}

/** Looks at what aedes reads, in place: a stream between would cost memory for each of ten thousand connections. */
function guardSize(socket: TLSSocket, packetBytesMax: number, counters: Counters): void {
  const guard = new PacketSizeGuard(packetBytesMax);
  const read = socket.read.bind(socket);
  socket.read = (size?: number) => {
    const chunk: Buffer | null = read(size);
    if (chunk === null || guard.accept(chunk)) return chunk;
    counters.add("refused_packet_too_large");
    socket.destroy();
    return null;
  };
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const code = cause.code === "EADDRINUSE" ? "port-in-use" : "listen-failed";
      reject(new AppError(code, `cannot listen on ${host}:${port}: ${cause.message}`, { cause }));
    });
    server.listen({ host, port, backlog: 4096 }, () => {
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}
