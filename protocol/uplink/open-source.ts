/** Opens a source: the composition of enrolment, journal, sender and MQTT session behind the handle of `source.ts`. */
import type { KeyObject } from "node:crypto";
import { Journal } from "../delivery/journal.ts";
import { Sender } from "../delivery/sender.ts";
import { AppError, isAppError } from "../errors.ts";
import type { Down } from "../messages/envelope.ts";
import type { ContractRecord } from "../messages/records.ts";
import { formatInstant } from "../time.ts";
import { parseBroker } from "./broker-socket.ts";
import { DownOnce } from "./down-once.ts";
import { enrolledState, startEnrolling } from "./enrolling.ts";
import { firstDelayMs } from "./first-delay.ts";
import { type Identity, keyId, openIdentity } from "./identity.ts";
import { Listeners } from "./listeners.ts";
import { parseAck, parseDown } from "./messages.ts";
import { MqttSession } from "./mqtt-session.ts";
import { journalFolder, openNodeFiles } from "./node-files.ts";
import { Renewing } from "./renewing.ts";
import type { OpenSource, Replay, Source, SourceDeps, SourceOptions, SourceState, StopCause } from "./source.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** After a disk that could not take the journal's note. */
const BIND_AGAIN_MS = 60_000;

export const openSource: OpenSource = async (options, deps) => {
  if (options.broker) parseBroker(options.broker);
  const { home, machine, centre, journal: limits } = options;
  const files = await openNodeFiles(journalFolder(home));
  try {
    const own = await openIdentity(home, machine, deps.log);
    if (!own.identity && !centre) {
      throw new AppError("not-enrolled", "this source is not enrolled, and no centre is named to enrol at");
    }
    const journal = await Journal.open({ files, ...deps, machine, ...limits });
    if (journal.movedAside)
      deps.log.warn({}, "the journal was of another machine: it is kept aside and a new one begun");
    const source = new RunningSource(options, deps, { ...own, journal });
    source.start();
    return source;
  } catch (error) {
    await files.close();
    throw error;
  }
};

class RunningSource implements Source {
  readonly #options: SourceOptions;
  readonly #deps: SourceDeps;
  readonly #key: KeyObject;
  /** Written out once: the session asks for its credentials with each message. */
  readonly #keyPem: string;
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
  #cancelStart: () => void | Promise<void> = () => {};
  readonly #renewing: Renewing;
  readonly #down = new Listeners<Down>();
  readonly #committed = new Listeners<number>();
  readonly #replay = new Listeners<Replay>();
  readonly #address = new Listeners<string>();
  readonly #connection = new Listeners<boolean>();
  readonly #enrolledNow = new Listeners<Identity | undefined>();
  readonly onDown = this.#down.add;
  readonly onCommitted = this.#committed.add;
  readonly onReplay = this.#replay.add;
  readonly onLocalAddress = this.#address.add;
  readonly onConnected = this.#connection.add;

  constructor(
    options: SourceOptions,
    deps: SourceDeps,
    parts: { key: KeyObject; identity: Identity | undefined; journal: Journal },
  ) {
    this.#options = options;
    this.#deps = deps;
    this.#key = parts.key;
    this.#keyPem = parts.key.export({ format: "pem", type: "pkcs8" }).toString();
    this.#identity = parts.identity;
    this.#journal = parts.journal;
    this.#enrolment = parts.identity ? enrolledState(parts.identity) : { state: "waiting" };
    this.#downOnce = new DownOnce(deps.clock);
    this.#session = new MqttSession({
      ...deps,
      credentials: () => this.#credentials(),
      firstDelayMs: firstDelayMs(options, parts.identity),
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
        onTrouble: (error) => this.#senderTrouble(error),
      },
    );
    this.#renewing = new Renewing({
      ...deps,
      home: options.home,
      centreUrl: options.centre?.url,
      key: parts.key,
      identity: () => this.#identity,
      onRenewed: (identity) => this.#renewed(identity),
    });
  }

  start(): void {
    if (this.#identity) void this.#begin(this.#identity);
    else {
      this.#cancelStart = startEnrolling(this.#options, this.#key, {
        ...this.#deps,
        onState: (state) => {
          this.#enrolment = state;
        },
        onGranted: (identity) => void this.#granted(identity),
      });
    }
  }

  async append(record: ContractRecord): Promise<number> {
    const number = await this.#journal.append(record.kind, JSON.stringify(record));
    this.#sender.appended();
    return number;
  }

  state(): SourceState {
    const journal = this.#journal;
    const sender = this.#sender;
    const isWorking = this.#isConnected && sender.isAnswered;
    const { strangeAcks, ...sent } = sender.counters;
    return {
      enrolment: this.#enrolment,
      connected: this.#isConnected,
      answered: sender.isAnswered,
      ...(this.#trouble && !isWorking ? { trouble: this.#trouble } : {}),
      epoch: journal.epoch,
      newest: journal.newest,
      committed: journal.committed,
      pending: journal.newest - journal.committed,
      journalBytes: journal.bytes,
      counters: {
        ...journal.counters,
        ...sent,
        connects: this.#connects,
        badMessages: this.#badMessages + strangeAcks,
      },
    };
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
    const written = Promise.all([this.#cancelStart(), this.#renewing.stop()]);
    this.#enrolledNow.tell(undefined);
    await this.#session.stop(cause);
    this.#sender.disconnected();
    // The folder is another process's as soon as the journal is closed.
    await written;
    await this.#journal.close();
  }

  async #granted(identity: Identity): Promise<void> {
    this.#deps.log.info({ source: identity.source, site: identity.site }, "enrolled");
    this.#identity = identity;
    this.#enrolment = enrolledState(identity);
    this.#enrolledNow.tell(identity);
    await this.#begin(identity);
  }

  /** Under another identity the journal begins a new epoch: the centre may have sent the old one away (a cloned disk). */
  async #begin(identity: Identity): Promise<void> {
    try {
      await this.#journal.bindTo(`${identity.source} ${keyId(this.#key)}`);
      if (!this.#stopping) this.#session.start();
    } catch (error) {
      this.#noteTrouble(error as AppError);
      // Once stopped the folder is no longer ours to write.
      if (this.#stopping) return;
      this.#cancelStart = this.#deps.clock.after(BIND_AGAIN_MS, () => void this.#begin(identity));
    }
  }

  #renewed(identity: Identity): void {
    this.#identity = identity;
    this.#enrolment = enrolledState(identity);
    this.#session.renew();
  }

  #noteTrouble(error: Error): void {
    const code = error instanceof AppError ? error.code : "failed";
    this.#trouble = { code, at: formatInstant(this.#deps.clock.now()) };
  }

  #senderTrouble(error: Error): void {
    this.#deps.log.debug({ err: error.message }, "sending failed");
    if (isAppError(error, "journal-outrun") && this.#trouble?.code !== error.code) {
      this.#deps.log.error({ err: error.message }, "the source stands still until it is enrolled anew");
    }
    this.#noteTrouble(error);
  }

  #connected(): void {
    this.#isConnected = true;
    this.#connects++;
    this.#trouble = undefined;
    this.#sender.connected();
    this.#connection.tell(true);
  }

  #disconnected(trouble: AppError): void {
    this.#noteTrouble(trouble);
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
      this.#obey(message);
      this.#down.tell(message);
    }
  }

  #credentials() {
    if (!this.#identity) throw new AppError("not-enrolled", "this source is not enrolled");
    const { source, site, certificate, ca, broker } = this.#identity;
    return { source, site, certificate, ca, keyPem: this.#keyPem, broker: this.#options.broker ?? broker };
  }

  /** What concerns journal and certificate; the rest is the program's. */
  #obey(message: Down): void {
    if (message.type === "command") {
      if (message.command === "renew-certificate") this.#renewing.renew();
    } else if (message.settings.journalDays) {
      this.#journal.setReplayMs(message.settings.journalDays * DAY_MS);
    }
  }
}
