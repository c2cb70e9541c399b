/**
 * The socket under an MQTT connection: TLS with the source's own certificate, or plain TCP on this machine. Ours, because mqtt.js turns
 * `mqtt://` into TLS when a key is given, obeys a proxy variable of the environment, and hides the TLS session.
 */
import { isIP, connect as netConnect, type Socket } from "node:net";
import { connect as tlsConnect } from "node:tls";
import { AppError } from "../errors.ts";

const TLS_PORT = 8883;
const PLAIN_PORT = 1883;

export interface BrokerEndpoint {
  isTls: boolean;
  host: string;
  port: number;
}

/** `mqtts://host[:port]`, or `mqtt://` on this machine. Throws AppError `broker-not-encrypted`, `broker-malformed`. */
export function parseBroker(broker: string): BrokerEndpoint {
  const url = URL.canParse(broker) ? new URL(broker) : undefined;
  const host = url ? hostOf(url) : "";
  const isTls = url?.protocol === "mqtts:";
  if (!url || host === "" || !(isTls || url.protocol === "mqtt:")) {
    throw new AppError("broker-malformed", `${broker}: mqtts://host:port is needed`);
  }
  if (!isTls && !isLoopback(host)) {
    throw new AppError("broker-not-encrypted", `${broker}: only mqtts://, or mqtt:// on this machine`);
  }
  return { isTls, host, port: Number(url.port) || (isTls ? TLS_PORT : PLAIN_PORT) };
}

/** The host as sockets want it: an IPv6 address without its brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

export interface TlsMaterial {
  ca: string;
  certificate: string;
  keyPem: string;
  /** A TLS session to resume. */
  session: Buffer | undefined;
  /** Called with each session that the broker offers for the next connection. */
  onSession(session: Buffer): void;
}

export function connectSocket({ isTls, host, port }: BrokerEndpoint, material: TlsMaterial): Socket {
  if (!isTls) return netConnect({ host, port, noDelay: true });
  const { ca, certificate, keyPem, session } = material;
  const socket = tlsConnect({
    host,
    port,
    ca,
    cert: certificate,
    key: keyPem,
    rejectUnauthorized: true,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(session ? { session } : {}),
  });
  socket.setNoDelay(true);
  // With TLS 1.3 tickets come right behind the handshake, before MQTT has answered.
  socket.on("session", material.onSession);
  return socket;
}

const TRUST_CODES = /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_CERT_)/;
const PEER_REFUSED_CODES = /^ERR_SSL_.*ALERT/;

/** True for what TLS says when the other end's certificate is not to be trusted. */
export function isUntrusted(code: unknown): boolean {
  return TRUST_CODES.test(String(code ?? ""));
}

/**
 * Why a connection failed: `broker-untrusted` (its certificate), `certificate-refused` (ours), `broker-refused` (CONNACK or SUBACK
 * said no), `broker-unreachable` (all else).
 */
export function connectionTrouble(cause: Error): AppError {
  if (cause instanceof AppError) return cause;
  const { code } = cause as { code?: unknown };
  const text = String(code ?? "");
  const isRefusal = (typeof code === "number" && code > 0) || /subscribe error/i.test(cause.message);
  const name = isUntrusted(text)
    ? "broker-untrusted"
    : PEER_REFUSED_CODES.test(text)
      ? "certificate-refused"
      : isRefusal
        ? "broker-refused"
        : "broker-unreachable";
  return new AppError(name, cause.message, { cause });
}
