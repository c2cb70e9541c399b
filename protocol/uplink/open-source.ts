/** Opens a source: the composition of enrolment, journal, sender and MQTT session behind the handle of `source.ts`. */
import { createHash, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { backoff } from "../delivery/backoff.ts";
import { Journal } from "../delivery/journal.ts";
import { Sender } from "../delivery/sender.ts";
import { AppError, isAppError } from "../errors.ts";
import type { Down } from "../messages/envelope.ts";
import type { ContractRecord } from "../messages/records.ts";
import { formatInstant } from "../time.ts";
import { DownOnce } from "./down-once.ts";
import { requestEnrolment, requestRenewal } from "./enrol.ts";
import { type Identity, openKey, readIdentity, storeIdentity } from "./identity.ts";
import { Listeners } from "./listeners.ts";
import { parseAck, parseDown } from "./messages.ts";
import { MqttSession } from "./mqtt-session.ts";
import { openNodeFiles } from "./node-files.ts";
import type { OpenSource, Replay, Source, SourceDeps, SourceOptions, SourceState, StopCause } from "./source.ts";

const FIRST_CONNECT_SPREAD_MS = 60_000;
const RENEW_CHECK_MS = 60 * 60 * 1000;
/** A certificate is renewed once so much of its life is over. */
const RENEW_AT = 2 / 3;
const CERTIFICATE_LIFE_MS = 90 * 24 * 60 * 60 * 1000;

export const openSource: OpenSource = async (options, deps) => {
  const key = await openKey(options.home);
  const identity = await readIdentity(options.home);
  if (!identity && !options.centre) {
    throw new AppError("not-enrolled", "this source is not enrolled, and no centre is named to enrol at");
  }
  if (options.broker) refusePlainBroker(options.broker);
  const files = await openNodeFiles(join(options.home, "journal"));
  const { machine, journal: limits } = options;
  const journal = await Journal.open({ files, ...deps, machine, ...limits }).catch(async (error) => {
    await files.close();
    throw error;
  });
  if (journal.movedAside) deps.log.warn({}, "the journal was of another machine: it is kept aside and a new one begun");
  const source = new RunningSource(options, deps, { key, identity, journal });
  source.start();
  return source;
};

/** Without TLS only the broker of this machine will do. */
function refusePlainBroker(broker: string): void {
  const { protocol, hostname } = new URL(broker);
  const isLocal = ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  if (protocol !== "mqtts:" && !(protocol === "mqtt:" && isLocal)) {
    throw new AppError("broker-not-encrypted", `${broker}: only mqtts://, or mqtt:// on this machine`);
  }
}

class RunningSource implements Source {
  readonly #options: SourceOptions;
  readonly #deps: SourceDeps;
  readonly #key: KeyObject;
  readonly #journal: Journal;
  readonly #sender: Sender;
  readonly #session: MqttSession;
  readonly #downOnce: DownOnce;
  #identity: Identity | undefined;
  #enrolment: SourceState["enrolment"];
  #trouble: SourceState["trouble"];
  #isConnected = false;
  #connects = 0;
  #badMessages = 0;
  #stopping: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #cancelWatch: (() => void) | undefined;
  readonly #down = new Listeners<Down>();
  readonly #committed = new Listeners<number>();
  readonly #replay = new Listeners<Replay>();
  readonly #address = new Listeners<string>();
  readonly #connection = new Listeners<boolean>();
  readonly #enrolledNow = new Listeners<Identity | undefined>();

  constructor(
    options: SourceOptions,
    deps: SourceDeps,
    parts: { key: KeyObject; identity: Identity | undefined; journal: Journal },
  ) {
    this.#options = options;
    this.#deps = deps;
    this.#key = parts.key;
    this.#identity = parts.identity;
    this.#journal = parts.journal;
    this.#enrolment = parts.identity ? enrolledState(parts.identity) : { state: "waiting" };
    this.#downOnce = new DownOnce(deps.clock);
    this.#session = new MqttSession({
      ...deps,
      credentials: () => this.#credentials(),
      firstDelayMs: this.#firstDelayMs(),
      onConnected: () => this.#connected(),
      onDisconnected: (trouble) => this.#disconnected(trouble),
      onMessage: (channel, payload) => this.#message(channel, payload),
      onLocalAddress: (address) => this.#address.tell(address),
    });
    this.#sender = new Sender(
      {
        journal: this.#journal,
        publish: (channel, payload) => this.#session.publish(channel, payload),
        clock: deps.clock,
        random: deps.random,
        agent: options.version,
        machine: options.machine,
        simulated: options.simulated,
      },
      {
        onCommitted: (through) => this.#committed.tell(through),
        onReplay: (replay) => this.#replay.tell(replay),
        onTrouble: (error) => deps.log.debug({ err: error.message }, "sending failed"),
      },
    );
  }

  start(): void {
    if (this.#identity) this.#session.start();
    else void this.#enrol();
    this.#watchCertificate();
  }

  async append(record: ContractRecord): Promise<number> {
    const number = await this.#journal.append(record.kind, JSON.stringify(record));
    this.#sender.appended();
    return number;
  }

  state(): SourceState {
    const { journal } = { journal: this.#journal };
    return {
      enrolment: this.#enrolment,
      connected: this.#isConnected,
      answered: this.#sender.isAnswered,
      ...(this.#trouble && !this.#isConnected ? { trouble: this.#trouble } : {}),
      epoch: journal.epoch,
      newest: journal.newest,
      committed: journal.committed,
      pending: journal.newest - journal.committed,
      journalBytes: journal.bytes,
      counters: {
        appended: journal.counters.appended,
        damaged: journal.counters.damaged,
        sacrificed: journal.counters.sacrificed,
        batchesSent: this.#sender.counters.batchesSent,
        resends: this.#sender.counters.resends,
        acks: this.#sender.counters.acks,
        gapsSent: this.#sender.counters.gapsSent,
        connects: this.#connects,
        badMessages: this.#badMessages + this.#sender.counters.strangeAcks,
      },
    };
  }

  onDown(handler: (message: Down) => void) {
    return this.#down.add(handler);
  }

  onCommitted(handler: (through: number) => void) {
    return this.#committed.add(handler);
  }

  onReplay(handler: (replay: Replay) => void) {
    return this.#replay.add(handler);
  }

  onLocalAddress(handler: (address: string) => void) {
    return this.#address.add(handler);
  }

  onConnected(handler: (connected: boolean) => void) {
    return this.#connection.add(handler);
  }

  localAddress(): string | undefined {
    return this.#session.localAddress;
  }

  enrolled(): Promise<{ source: string; site: string }> {
    if (this.#identity) return Promise.resolve({ source: this.#identity.source, site: this.#identity.site });
    return new Promise((resolve, reject) => {
      const remove = this.#enrolledNow.add((identity) => {
        remove();
        if (identity) resolve({ source: identity.source, site: identity.site });
        else reject(new AppError("stopped", "the source was stopped before it was enrolled"));
      });
    });
  }

  flush(timeoutMs: number): Promise<boolean> {
    const target = this.#journal.newest;
    if (this.#journal.committed >= target) return Promise.resolve(true);
    return new Promise((resolve) => {
      const finish = (isDone: boolean) => {
        cancel();
        remove();
        resolve(isDone);
      };
      const cancel = this.#deps.clock.after(timeoutMs, () => finish(false));
      const remove = this.#committed.add((through) => {
        if (through >= target) finish(true);
      });
    });
  }

  stop(cause: StopCause): Promise<void> {
    this.#stopping ??= this.#stop(cause);
    return this.#stopping;
  }

  async #stop(cause: StopCause): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelWatch?.();
    this.#enrolledNow.tell(undefined);
    await this.#session.stop(cause);
    this.#sender.disconnected();
    await this.#journal.close();
  }

  async #enrol(): Promise<void> {
    const { centre, home } = this.#options;
    const waits = backoff(this.#deps);
    while (centre && !this.#stopping) {
      let waitMs = waits.next().value;
      try {
        const answer = await requestEnrolment(centre, this.#key, this.#options);
        if (answer.state === "granted") {
          await storeIdentity(home, answer.identity);
          return this.#begin(answer.identity);
        }
        this.#enrolment = { state: "waiting", enrolment: answer.enrolment };
        waitMs = answer.retryAfterMs;
      } catch (error) {
        this.#enrolment = this.#failed(error);
      }
      await new Promise<void>((resolve) => {
        this.#cancelTimer = this.#deps.clock.after(waitMs, resolve);
      });
    }
  }

  /** Refusals are asked again too, slowly: an officer may change his mind, a token may be renewed. */
  #failed(error: unknown): SourceState["enrolment"] {
    if (!isAppError(error)) throw error;
    this.#deps.log.warn({ code: error.code, err: error.message }, "enrolment failed");
    const isUnreachable = ["unreachable", "bad-response"].includes(error.code);
    return { state: isUnreachable ? "unreachable" : "refused", code: error.code };
  }

  #begin(identity: Identity): void {
    if (this.#stopping) return;
    this.#identity = identity;
    this.#enrolment = enrolledState(identity);
    this.#deps.log.info({ source: identity.source, site: identity.site }, "enrolled");
    this.#enrolledNow.tell(identity);
    this.#session.start();
  }

  #connected(): void {
    this.#isConnected = true;
    this.#connects++;
    this.#trouble = undefined;
    this.#sender.connected();
    this.#connection.tell(true);
  }

  #disconnected(trouble: AppError): void {
    this.#trouble = { code: trouble.code, at: formatInstant(this.#deps.clock.now()) };
    if (!this.#isConnected) return;
    this.#isConnected = false;
    this.#sender.disconnected();
    this.#connection.tell(false);
  }

  #message(channel: "ack" | "down", payload: Buffer): void {
    if (channel === "ack") {
      const ack = parseAck(payload);
      if (ack)
        void this.#sender
          .onAck(ack)
          .catch((error: Error) => this.#deps.log.error({ err: error.message }, "acknowledging failed"));
      else this.#badMessages++;
      return;
    }
    const message = parseDown(payload);
    if (!message) this.#badMessages++;
    else if (this.#downOnce.isNew(message)) {
      if (message.type === "command" && message.command === "renew-certificate") this.#renewSoon();
      this.#down.tell(message);
    }
  }

  #credentials() {
    if (!this.#identity) throw new AppError("not-enrolled", "this source is not enrolled");
    const { source, site, certificate, ca, broker } = this.#identity;
    const keyPem = this.#key.export({ format: "pem", type: "pkcs8" }).toString();
    return { source, site, certificate, ca, keyPem, broker: this.#options.broker ?? broker };
  }

  #watchCertificate(): void {
    this.#cancelWatch = this.#deps.clock.after(RENEW_CHECK_MS, () => {
      const leftMs = Date.parse(this.#identity?.expiresAt ?? "") - this.#deps.clock.now();
      if (leftMs <= CERTIFICATE_LIFE_MS * (1 - RENEW_AT)) this.#renewSoon();
      this.#watchCertificate();
    });
  }

  #renewSoon(): void {
    this.#renew().catch((error: Error) =>
      this.#deps.log.warn({ err: error.message }, "the certificate could not be renewed"),
    );
  }

  async #renew(): Promise<void> {
    const { centre, home } = this.#options;
    if (!this.#identity || !centre) return;
    const renewed = await requestRenewal(centre.url, this.#key, this.#identity);
    await storeIdentity(home, renewed);
    this.#identity = renewed;
    this.#enrolment = enrolledState(renewed);
    this.#session.renew();
  }

  /** A stable share of the spread for each source, so that 10,000 PCs do not connect in one second at 08:00. */
  #firstDelayMs(): number {
    const broker = this.#options.broker ?? this.#identity?.broker ?? this.#options.centre?.url ?? "";
    if (/\/\/(localhost|127\.|\[::1\])/.test(broker)) return 0;
    const spread = this.#options.firstConnectSpreadMs ?? FIRST_CONNECT_SPREAD_MS;
    const share = createHash("sha256").update(this.#options.machine).digest().readUInt32BE(0) / 2 ** 32;
    return Math.round(share * spread);
  }
}

function enrolledState({ source, site, expiresAt }: Identity): SourceState["enrolment"] {
  return { state: "enrolled", source, site, expiresAt };
}
