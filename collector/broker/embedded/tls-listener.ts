/** The socket side of the embedded broker: admission, TLS with client certificates and resumption, and the guard on what is read. */
import { createServer, type Server } from "node:net";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { AppError } from "../../../protocol/errors.ts";
import type { Log } from "../../../protocol/log.ts";
import type { Clock } from "../../../protocol/time.ts";
import type { ServerCertificate } from "../pki/server-certificate.ts";
import { Admission } from "./admission.ts";
import type { Counters } from "./counters.ts";
import type { BrokerLimits } from "./limits.ts";
import { PacketGuard } from "./packet-guard.ts";

/** How long a client may resume its TLS session without a whole handshake. Its certificate is looked up at each CONNECT anyway. */
const SESSION_SECONDS = 24 * 60 * 60;
const BACKLOG = 4096;

export interface TlsListenerOptions {
  host: string;
  /** 0: any free port. */
  port: number;
  caPem: string;
  certificate: ServerCertificate;
  /** 48 bytes; given, clients resume their sessions after a restart too. */
  ticketKeys?: Buffer;
  limits: BrokerLimits;
  clock: Clock;
  log: Log;
  counters: Counters;
  /** Takes a socket whose peer has shown a certificate of the authority. */
  onSocket: (socket: TLSSocket) => void;
}

export interface TlsListener {
  readonly port: number;
  readonly open: number;
  readonly waiting: number;
  /** For handshakes from now on. */
  setCertificate(certificate: ServerCertificate): void;
  close(): Promise<void>;
}

/** Starts listening. Rejects with AppError `port-in-use` or `listen-failed`. */
export async function openTlsListener(options: TlsListenerOptions): Promise<TlsListener> {
  const { log, counters } = options;
  const tls = createTlsServer(tlsOptions(options), (socket) => {
    guard(socket, options);
    socket.setNoDelay(true);
    options.onSocket(socket);
  });
  tls.on("tlsClientError", (error, socket) => {
    counters.add("tls_errors");
    log.debug({ err: error.message, address: socket.remoteAddress }, "TLS handshake failed");
  });
  const admission = new Admission({ ...options, admit: (socket) => tls.emit("connection", socket) });
  const server = createServer((socket) => admission.accept(socket));
  const port = await listen(server, options);
  server.on("error", (error) => log.error({ err: error.message }, "cannot accept a connection"));
  return {
    port,
    get open() {
      return admission.open;
    },
    get waiting() {
      return admission.waiting;
    },
    setCertificate: (certificate) => tls.setSecureContext(secrets(options.caPem, certificate)),
    close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      admission.close();
      return closed;
    },
  };
}

function tlsOptions({ caPem, certificate, ticketKeys, limits }: TlsListenerOptions) {
  return {
    ...secrets(caPem, certificate),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    handshakeTimeout: limits.handshakeTimeoutMs,
    sessionTimeout: SESSION_SECONDS,
    ...(ticketKeys ? { ticketKeys } : {}),
  } as const;
}

function secrets(caPem: string, { certificatePem, keyPem }: ServerCertificate) {
  // The context is part of a session's identity: the same after a restart, however the program was called.
  return { ca: caPem, cert: certificatePem, key: keyPem, sessionIdContext: "dianmao" };
}

/** Looks at what aedes reads, in place: a stream between would cost memory for each of ten thousand connections. */
function guard(socket: TLSSocket, { limits, clock, log, counters }: TlsListenerOptions): void {
  const packets = new PacketGuard({ limits, clock });
  const read = socket.read.bind(socket);
  socket.read = (size?: number) => {
    const chunk: Buffer | null = read(size);
    const offence = chunk === null ? undefined : packets.accept(chunk);
    if (offence === undefined) return chunk;
    counters.add(`refused_${offence.replaceAll("-", "_")}`);
    log.warn({ code: offence, address: socket.remoteAddress }, "cut off a client");
    socket.destroy();
    return null;
  };
}

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (cause: NodeJS.ErrnoException) => {
      const code = cause.code === "EADDRINUSE" ? "port-in-use" : "listen-failed";
      reject(new AppError(code, `cannot listen on ${host}:${port}: ${cause.message}`, { cause }));
    };
    server.once("error", fail);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off("error", fail);
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}
