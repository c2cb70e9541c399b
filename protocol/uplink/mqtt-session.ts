/**
 * One MQTT 3.1.1 connection after the other, each a clean session with a will of its own. Reconnecting is ours: mqtt.js stops
 * for ever after a refused CONNACK, and its fixed interval would bring a whole hall back in step.
 */
import type { Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { type IClientOptions, MqttClient } from "mqtt";
import { backoff } from "../delivery/backoff.ts";
import { AppError } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Status } from "../messages/envelope.ts";
import { CONTRACT_VERSION } from "../messages/limits.ts";
import { addressOf, type Channel, formatTopic, parseTopic } from "../messages/topics.ts";
import { randomId } from "../random-id.ts";
import { type Clock, formatInstant, type Random } from "../time.ts";
import { connectionTrouble, connectSocket, parseBroker } from "./broker-socket.ts";
import type { StopCause } from "./source.ts";

export const KEEPALIVE_SECONDS = 300;
const CONNECT_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 3000;
/** A broker that owes a PUBACK for so long is gone, whatever TCP believes; keepalive would find out after 450 s. */
export const PUBACK_TIMEOUT_MS = 120_000;
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
  /** Publications without a PUBACK, and the watch over the oldest of them. */
  #owed = 0;
  #cancelOwed: (() => void) | undefined;

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
    if (this.#owed++ === 0) this.#watchOwed(client);
    await client.publishAsync(topic, payload, { qos: 1, retain: options.retain ?? false });
    if (this.#client !== client) return;
    this.#cancelOwed?.();
    if (--this.#owed > 0) this.#watchOwed(client);
  }

  /** Drops the present connection and comes back, with a full handshake: the certificate is another. */
  renew(): void {
    this.#tlsSession = undefined;
    this.#client?.end(true);
  }

  /** Says `stopping` with its cause, waits for the PUBACK, disconnects cleanly. */
  async stop(cause: StopCause): Promise<void> {
    this.#isStopped = true;
    this.#cancelWait?.();
    this.#cancelAddressCheck?.();
    const client = this.#client;
    if (!client) return;
    const isReady = this.#isReady;
    if (isReady) await this.#within(STOP_TIMEOUT_MS, this.#sendStatus("stopping", cause));
    await this.#within(STOP_TIMEOUT_MS, client.endAsync(!isReady));
    client.end(true);
    this.#cancelOwed?.();
  }

  #wait(ms: number): void {
    this.#cancelWait = this.#deps.clock.after(ms, () => this.#connect());
  }

  #connect(): void {
    if (this.#isStopped) return;
    try {
      this.#open();
    } catch (error) {
      // A broker's address or a certificate that cannot be used: told, and tried again in case the centre mends it.
      this.#deps.onDisconnected(connectionTrouble(error as Error));
      this.#wait(this.#waits.next().value);
    }
  }

  #open(): void {
    const { clock, log } = this.#deps;
    const credentials = this.#deps.credentials();
    this.#session = randomId(this.#deps.random);
    // A broker on Node.js, and an overloaded one, close without a word where others send an alert or a refusing CONNACK.
    let trouble: Error = new AppError("broker-refused", "the broker closed the connection before it answered");
    let readyAt: number | undefined;
    const noteTrouble = (error: Error) => {
      trouble = error;
    };
    const socket = this.#openSocket(credentials);
    socket.on("error", noteTrouble);
    const client = new MqttClient(() => socket, this.#options(credentials));
    this.#client = client;
    client.on("error", noteTrouble);
    client.on("connect", () => {
      trouble = new AppError("broker-unreachable", "the connection was closed");
      this.#begin(client, socket).then(
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
      this.#forget();
      log.debug({ err: trouble.message }, "disconnected from the broker");
      this.#deps.onDisconnected(connectionTrouble(trouble));
      if (readyAt !== undefined && clock.monotonic() - readyAt > SETTLED_MS) this.#waits = backoff(this.#deps);
      if (!this.#isStopped) this.#wait(this.#waits.next().value);
    });
  }

  #forget(): void {
    this.#client = undefined;
    this.#isReady = false;
    this.#localAddress = undefined;
    this.#owed = 0;
    this.#cancelOwed?.();
  }

  #openSocket({ broker, ca, certificate, keyPem }: MqttCredentials): Socket {
    return connectSocket(parseBroker(broker), {
      ca,
      certificate,
      keyPem,
      session: this.#tlsSession,
      onSession: (session) => {
        this.#tlsSession = session;
      },
    });
  }

  #watchOwed(client: MqttClient): void {
    this.#cancelOwed = this.#deps.clock.after(PUBACK_TIMEOUT_MS, () => {
      this.#deps.log.warn({ afterMs: PUBACK_TIMEOUT_MS }, "the broker does not answer, the connection is dropped");
      client.end(true);
    });
  }

  #options({ source, site }: MqttCredentials): IClientOptions {
    return {
      protocolId: "MQTT",
      protocolVersion: 4,
      clean: true,
      clientId: source,
      keepalive: KEEPALIVE_SECONDS,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectPeriod: 0,
      resubscribe: false,
      queueQoSZero: false,
      will: {
        topic: formatTopic(addressOf(site, source), "status"),
        payload: Buffer.from(JSON.stringify(this.#status("lost"))),
        qos: 1,
        retain: true,
      },
    };
  }

  async #begin(client: MqttClient, socket: Socket): Promise<void> {
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
