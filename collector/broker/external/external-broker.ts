/**
 * An external broker in place of the embedded one: Mosquitto, NATS, RabbitMQ, EMQX, by MQTT 3.1.1. Nothing depends on what it
 * keeps: each connection is a clean session, and what was lost meanwhile the sources send again.
 */
import { isIP } from "node:net";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { backoff } from "../../../protocol/delivery/backoff.ts";
import { AppError } from "../../../protocol/errors.ts";
import type { Log } from "../../../protocol/log.ts";
import { centreFilter, formatTopic, type ParsedTopic, UPWARD_CHANNELS } from "../../../protocol/messages/topics.ts";
import type { Clock, Random } from "../../../protocol/time.ts";
import type { CertificateAndKey } from "../pki/kept-certificate.ts";
import type { Broker, Publication } from "../port.ts";
import { Intake } from "./intake.ts";

export interface ExternalBrokerOptions {
  /** `mqtts://host:port`; `mqtt://` on this machine only. */
  url: string;
  /** Of the broker's certificate. */
  caPem?: string;
  /** The centre's own client certificate. */
  own?: CertificateAndKey;
  /** Default `centre`. Two centres, or two workers of one, need two. */
  clientId?: string;
  /** The buckets that this worker owns; default all. */
  buckets?: readonly string[];
  clock: Clock;
  random: Random;
  log: Log;
}

export interface ExternalBroker extends Broker {
  readonly isConnected: boolean;
  /** Resolves once connected and subscribed for the first time. */
  readonly ready: Promise<void>;
  /** Connects anew with it: a broker may end a session whose certificate has run out, and takes no new one. */
  setOwnCertificate(certificate: CertificateAndKey): void;
}

const KEEPALIVE_SECONDS = 60;
const CONNECT_TIMEOUT_MS = 15_000;
const RECONNECT_MS_MAX = 30_000;
/** Bytes on their way to the broker; more are refused until they have left. */
const UNSENT_BYTES_MAX = 8 * 1024 * 1024;
const LOOPBACK = ["localhost", "127.0.0.1", "::1"];

/** Connects, and connects again for ever. Throws AppError `bad-broker-url`. */
export function openExternalBroker(options: ExternalBrokerOptions): ExternalBroker {
  assertUrl(options.url);
  return new Connection(options);
}

class Connection implements ExternalBroker {
  readonly ready: Promise<void>;
  readonly #options: ExternalBrokerOptions;
  readonly #intake: Intake;
  #own: CertificateAndKey | undefined;
  readonly #counters = { connects: 0, connect_failures: 0, sent: 0, refused_clogged: 0 };
  #onReady = () => {};
  #client: MqttClient | undefined;
  #isReady = false;
  #isClosed = false;
  #waits: Generator<number, never>;
  #cancelWait = () => {};

  constructor(options: ExternalBrokerOptions) {
    this.#options = options;
    this.#own = options.own;
    this.#intake = new Intake(options);
    this.#waits = this.#newWaits();
    this.ready = new Promise((resolve) => {
      this.#onReady = resolve;
    });
  }

  get isConnected(): boolean {
    return this.#isReady;
  }

  /** Connects at the first call: there is nobody to take messages before. */
  onPublication(handler: (publication: Publication) => Promise<void>): void {
    this.#intake.setHandler(handler);
    if (!this.#client && !this.#isClosed) this.#connect();
  }

  /** Rejects with AppError `broker-unreachable` or `broker-clogged`: nothing is queued here. */
  async publish(topic: ParsedTopic, payload: string): Promise<void> {
    const client = this.#client;
    if (!client || !this.#isReady) throw new AppError("broker-unreachable", "there is no connection to the broker");
    if (client.stream.writableLength > UNSENT_BYTES_MAX) {
      this.#counters.refused_clogged++;
      throw new AppError("broker-clogged", "the broker takes nothing at present");
    }
    this.#counters.sent++;
    const text = formatTopic(topic, topic.channel);
    await client.publishAsync(text, payload, { qos: topic.channel === "ack" ? 0 : 1 });
  }

  /** An external broker cannot be told to. What a revoked source still sends there, the intake refuses. */
  async disconnect(source: string): Promise<void> {
    this.#options.log.warn({ source }, "revoked; an external broker needs the new revocation list to cut it off");
  }

  setOwnCertificate(certificate: CertificateAndKey): void {
    this.#own = certificate;
    this.#client?.end(true);
  }

  stats(): Record<string, number> {
    return { ...this.#counters, ...this.#intake.stats(), connected: this.#isReady ? 1 : 0 };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#isReady = false;
    this.#cancelWait();
    await this.#client?.endAsync(true);
  }

  #connect(): void {
    const { clock, log, url } = this.#options;
    const client = mqtt.connect(url, this.#clientOptions());
    this.#client = client;
    this.#intake.attach(client);
    let trouble: Error = new Error("the connection was closed");
    const fail = (error: Error) => {
      trouble = error;
      client.end(true);
    };
    client.on("error", fail);
    client.on("connect", () => void this.#subscribe(client).catch(fail));
    client.once("close", () => {
      client.end(true);
      if (!this.#isReady) this.#counters.connect_failures++;
      this.#isReady = false;
      if (this.#isClosed) return;
      const waitMs = this.#waits.next().value;
      log.warn({ err: trouble.message, waitMs }, "no connection to the broker");
      this.#cancelWait = clock.after(waitMs, () => this.#connect());
    });
  }

  #clientOptions(): IClientOptions {
    const { caPem, clientId } = this.#options;
    return {
      protocolVersion: 4,
      clean: true,
      clientId: clientId ?? "centre",
      keepalive: KEEPALIVE_SECONDS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      rejectUnauthorized: true,
      ...(caPem === undefined ? {} : { ca: caPem }),
      ...(this.#own && { cert: this.#own.certificatePem, key: this.#own.keyPem }),
    };
  }

  async #subscribe(client: MqttClient): Promise<void> {
    const buckets = this.#options.buckets ?? ["+"];
    const filters = buckets.flatMap((bucket) => UPWARD_CHANNELS.map((channel) => centreFilter(channel, bucket)));
    const granted = await client.subscribeAsync(filters, { qos: 1 });
    const refused = granted.filter(({ qos }) => qos !== 1);
    if (refused.length > 0)
      throw new AppError("subscription-refused", `the broker refused ${refused[0]?.topic}: see its access control`);
    this.#isReady = true;
    this.#counters.connects++;
    this.#waits = this.#newWaits();
    this.#options.log.info({ url: this.#options.url }, "connected to the broker");
    this.#onReady();
  }

  #newWaits(): Generator<number, never> {
    return backoff({ mostMs: RECONNECT_MS_MAX, random: this.#options.random });
  }
}

function assertUrl(url: string): void {
  const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: "", hostname: "" };
  const host = hostname.replace(/^\[|\]$/g, "");
  const isLocal = LOOPBACK.includes(host) || (isIP(host) === 4 && host.startsWith("127."));
  if (protocol === "mqtts:" || (protocol === "mqtt:" && isLocal)) return;
  throw new AppError("bad-broker-url", "the broker's address must be mqtts://host:port (mqtt:// on this machine only)");
}
