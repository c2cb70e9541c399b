/**
 * One MQTT 3.1.1 connection after the other, each a clean session with a will of its own. Reconnecting is ours: mqtt.js stops
 * for ever after a refused CONNACK, and its fixed interval would bring a whole hall back in step.
 */
import { networkInterfaces } from "node:os";
import type { TLSSocket } from "node:tls";
import mqtt, { type IClientOptions, type MqttClient } from "mqtt";
import { backoff } from "../delivery/backoff.ts";
import { AppError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Status } from "../messages/envelope.ts";
import { CONTRACT_VERSION } from "../messages/limits.ts";
import { addressOf, type Channel, formatTopic, parseTopic } from "../messages/topics.ts";
import { type Clock, formatInstant, type Random } from "../time.ts";
import type { StopCause } from "./source.ts";

export const KEEPALIVE_SECONDS = 300;
const CONNECT_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 3000;
/** How often it is looked whether this machine still has the address that the connection goes out from. */
const ADDRESS_CHECK_MS = 5000;
/** A connection that held for so long starts the back-off anew. */
const SETTLED_MS = 60_000;

export interface MqttCredentials {
  source: string;
  site: string;
  broker: string;
  certificate: string;
  ca: string;
  keyPem: string;
}

export interface MqttSessionDeps {
  credentials: () => MqttCredentials;
  clock: Clock;
  random: Random;
  log: Log;
  /** Wait before the first attempt, ms. */
  firstDelayMs: number;
  onConnected(): void;
  onDisconnected(trouble: AppError): void;
  onMessage(channel: "ack" | "down", payload: Buffer): void;
  onLocalAddress(address: string): void;
}

export class MqttSession {
  readonly #deps: MqttSessionDeps;
  #client: MqttClient | undefined;
  #isReady = false;
  #session = "";
  #waits: Generator<number, never>;
  #cancelWait: (() => void) | undefined;
  #cancelAddressCheck: (() => void) | undefined;
  #isStopped = false;
  #localAddress: string | undefined;
  /** TLS session of the last connection: resuming it spares both ends the handshake's arithmetic. */
  #tlsSession: Buffer | undefined;

  constructor(deps: MqttSessionDeps) {
    this.#deps = deps;
    this.#waits = backoff(deps);
  }

  start(): void {
    this.#wait(this.#deps.firstDelayMs);
  }

  get localAddress(): string | undefined {
    return this.#localAddress;
  }

  /** Rejects with AppError `not-connected`: nothing is ever queued in memory. */
  async publish(channel: Channel, payload: string, options: { retain?: boolean } = {}): Promise<void> {
    const client = this.#client;
    if (!client || !this.#isReady) throw new AppError("not-connected", "there is no connection to the broker");
    const { source, site } = this.#deps.credentials();
    const topic = formatTopic(addressOf(site, source), channel);
    await client.publishAsync(topic, payload, { qos: 1, retain: options.retain ?? false });
  }

  /** Drops the present connection and comes back at once: with a new certificate, for instance. */
  renew(): void {
    this.#client?.end(true);
  }

  /** Says `stopping` with its cause, waits for the PUBACK, disconnects cleanly. */
  async stop(cause: StopCause): Promise<void> {
    this.#isStopped = true;
    this.#cancelWait?.();
    this.#cancelAddressCheck?.();
    const client = this.#client;
    if (!client) return;
    if (this.#isReady) await this.#within(STOP_TIMEOUT_MS, this.#sendStatus("stopping", cause));
    await this.#within(STOP_TIMEOUT_MS, client.endAsync(!this.#isReady));
    client.end(true);
  }

  #wait(ms: number): void {
    this.#cancelWait = this.#deps.clock.after(ms, () => this.#connect());
  }

  #connect(): void {
    if (this.#isStopped) return;
    const { clock, log } = this.#deps;
    const credentials = this.#deps.credentials();
    this.#session = Array.from({ length: 16 }, () => Math.floor(this.#deps.random() * 16).toString(16)).join("");
    const client = mqtt.connect(credentials.broker, this.#options(credentials));
    this.#client = client;
    let trouble: Error = new Error("the connection was closed");
    let readyAt: number | undefined;
    client.on("error", (error) => {
      trouble = error;
    });
    client.on("connect", () => {
      this.#begin(client).then(
        () => {
          readyAt = clock.monotonic();
        },
        (error: Error) => {
          trouble = error;
          client.end(true);
        },
      );
    });
    client.on("message", (topic, payload) => this.#take(topic, payload));
    client.once("close", () => {
      if (this.#client !== client) return;
      client.end(true);
      this.#client = undefined;
      this.#isReady = false;
      this.#localAddress = undefined;
      log.debug({ err: trouble.message }, "disconnected from the broker");
      this.#deps.onDisconnected(new AppError("broker-unreachable", trouble.message, { cause: trouble }));
      if (readyAt !== undefined && clock.monotonic() - readyAt > SETTLED_MS) this.#waits = backoff(this.#deps);
      if (!this.#isStopped) this.#wait(this.#waits.next().value);
    });
  }

  #options(credentials: MqttCredentials): IClientOptions {
    const { source, site, certificate, ca, keyPem } = credentials;
    return {
      protocolVersion: 4,
      clean: true,
      clientId: source,
      keepalive: KEEPALIVE_SECONDS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      ca,
      cert: certificate,
      key: keyPem,
      rejectUnauthorized: true,
      ...(this.#tlsSession ? { session: this.#tlsSession } : {}),
      will: {
        topic: formatTopic(addressOf(site, source), "status"),
        payload: Buffer.from(JSON.stringify(this.#status("lost"))),
        qos: 1,
        retain: true,
      },
    } as IClientOptions;
  }

  async #begin(client: MqttClient): Promise<void> {
    const socket = client.stream as unknown as TLSSocket;
    socket.on?.("session", (session: Buffer) => {
      this.#tlsSession = session;
    });
    const { source, site } = this.#deps.credentials();
    const address = addressOf(site, source);
    await client.subscribeAsync({
      [formatTopic(address, "ack")]: { qos: 0 },
      [formatTopic(address, "down")]: { qos: 1 },
    });
    this.#isReady = true;
    await this.#sendStatus("online");
    const local = socket.localAddress?.replace(/^::ffff:/, "");
    if (local) {
      this.#localAddress = local;
      this.#watchAddress(client, local);
      this.#deps.onLocalAddress(local);
    }
    this.#deps.onConnected();
  }

  /** Behind an address that is gone TCP waits for minutes; the PC's new address is to be heard of now. */
  #watchAddress(client: MqttClient, local: string): void {
    this.#cancelAddressCheck?.();
    this.#cancelAddressCheck = this.#deps.clock.after(ADDRESS_CHECK_MS, () => {
      if (this.#client !== client) return;
      if (ownAddresses().has(local)) this.#watchAddress(client, local);
      else client.end(true);
    });
  }

  async #sendStatus(state: Status["state"], cause?: StopCause): Promise<void> {
    await this.publish("status", JSON.stringify(this.#status(state, cause)), { retain: true });
  }

  #status(state: Status["state"], cause?: StopCause): Status {
    const at = formatInstant(this.#deps.clock.now());
    return { v: CONTRACT_VERSION, state, session: this.#session, at, ...(cause ? { cause } : {}) };
  }

  #take(topic: string, payload: Buffer): void {
    const channel = parseTopic(topic)?.channel;
    if (channel === "ack" || channel === "down") this.#deps.onMessage(channel, payload);
  }

  /** Settles when the work does or the time is over, whichever is first; a failure on the way out changes nothing. */
  #within(ms: number, work: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#deps.clock.after(ms, resolve);
      work
        .then(
          () => undefined,
          (error: Error) => this.#deps.log.debug({ err: error.message }, "stopping without an answer"),
        )
        .then(() => {
          cancel();
          resolve();
        });
    });
  }
}

function ownAddresses(): Set<string> {
  return new Set(
    Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).map(({ address }) => address)),
  );
}
