/** The hooks that aedes calls at CONNECT, PUBLISH and SUBSCRIBE: who comes in, and what is handed to the centre. */
import type { TLSSocket } from "node:tls";
import type { AedesOptions, AuthenticateError, Client } from "aedes";
import type { Log } from "../../../protocol/log.ts";
import type { ParsedTopic } from "../../../protocol/messages/topics.ts";
import type { Clock } from "../../../protocol/time.ts";
import type { Publication } from "../port.ts";
import { type ClientIdentity, type ConnectRequest, judgeConnect, judgePublish, judgeSubscribe } from "./access.ts";
import { certificateOf, type IdentifySource } from "./certificate-identity.ts";
import { type Counters, RECEIVED_COUNTERS } from "./counters.ts";
import type { BrokerLimits } from "./limits.ts";
import type { Answer, Session } from "./session.ts";
import type { SessionBook } from "./session-book.ts";

/** CONNACK return codes of MQTT 3.1.1, section 3.2.2.3. */
const SERVER_UNAVAILABLE = 3;
const NOT_AUTHORISED = 5;
/** Of a client's own words, in the log. */
const LOGGED_ID_CHARACTERS_MAX = 128;
const NOTHING = Buffer.alloc(0);

export interface GatekeeperDeps {
  identify: IdentifySource;
  sessions: SessionBook;
  limits: BrokerLimits;
  clock: Clock;
  log: Log;
  counters: Counters;
}

type Hooks = Required<Pick<AedesOptions, "preConnect" | "authenticate" | "authorizePublish" | "authorizeSubscribe">>;
type PublishPacket = Parameters<Hooks["authorizePublish"]>[1];
type Subscription = Parameters<Hooks["authorizeSubscribe"]>[1];

export class Gatekeeper {
  readonly #deps: GatekeeperDeps;
  readonly #requests = new WeakMap<Client, ConnectRequest>();
  #handler: ((publication: Publication) => Promise<void>) | undefined;
  #isClosing = false;

  constructor(deps: GatekeeperDeps) {
    this.#deps = deps;
  }

  /** Until there is a handler nobody is let in: PUBACK would promise what nobody kept. */
  setHandler(handler: (publication: Publication) => Promise<void>): void {
    this.#handler = handler;
  }

  /** From now on nothing is taken any more, wills least of all: it is the centre that goes, not the sources. */
  close(): void {
    this.#isClosing = true;
  }

  hooks(): Hooks {
    return {
      preConnect: (client, packet, callback) => {
        this.#requests.set(client, packet as ConnectRequest);
        callback(null, true);
      },
      authenticate: (client, _username, _password, done) => {
        this.#admit(client).then(
          (refusal) => done(refusal, refusal === null),
          (error: Error) => done(this.#unavailable(client, error), false),
        );
      },
      authorizePublish: (client, packet, callback) => {
        // aedes itself publishes under $SYS, which nobody can read.
        if (client === null) return callback(null);
        const refusal = this.#take(client, packet, callback);
        if (refusal) callback(refusal);
      },
      authorizeSubscribe: (client, subscription, callback) => callback(null, this.#grant(client, subscription)),
    };
  }

  async #admit(client: Client): Promise<AuthenticateError | null> {
    const { identify, sessions, limits } = this.#deps;
    const socket = client.conn as TLSSocket;
    const certificate = certificateOf(socket);
    const request = this.#requests.get(client);
    this.#requests.delete(client);
    if (!this.#handler || this.#isClosing) return this.#refuse(client, "not-ready", SERVER_UNAVAILABLE);
    if (!certificate || !request) return this.#refuse(client, "no-certificate");
    const identity = await identify(certificate);
    if (!identity.ok) return this.#refuse(client, identity.code);
    const judged = judgeConnect(request, identity, limits.keepaliveSecondsMax);
    if (!judged.ok) return this.#refuse(client, judged.code);
    if (socket.destroyed) return this.#refuse(client, "gone");
    if (sessions.add(client, identity, socket.remoteAddress ?? "")) return null;
    return this.#refuse(client, "too-many-sessions");
  }

  /** Refuses at once, or answers when PUBACK may go. An error cuts the client off: MQTT 3.1.1 knows no other refusal. */
  #take(client: Client, packet: PublishPacket, answer: Answer): Error | undefined {
    const session = this.#deps.sessions.of(client);
    if (!session || !this.#handler || this.#isClosing) return new Error("closing");
    const judged = judgePublish(packet, session.identity);
    if (!judged.ok) return this.#refuse(client, judged.code);
    const payload = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
    // The centre is the only reader of what sources publish and has it here: a copy would be memory for nobody.
    packet.retain = false;
    packet.payload = NOTHING;
    const taking = this.#inTurn(session, judged.value, payload);
    session.answerInOrder(taking, answer, (error) => this.#unavailable(client, error));
    return undefined;
  }

  #inTurn(session: Session, topic: ParsedTopic, payload: Buffer): Promise<void> {
    const turn = session.throttle(payload.length);
    if (!turn) return this.#handOver(session, topic, payload);
    this.#deps.counters.add("throttled");
    return turn.then(() => this.#handOver(session, topic, payload));
  }

  #handOver({ address }: Session, topic: ParsedTopic, payload: Buffer): Promise<void> {
    const { counters, clock } = this.#deps;
    counters.add(RECEIVED_COUNTERS[topic.channel]);
    counters.add("received_bytes", payload.length);
    if (!this.#handler) return Promise.reject(new Error("closing"));
    return this.#handler({ topic, payload, address, receivedAt: clock.now() });
  }

  #grant(client: Client, subscription: Subscription): Subscription | null {
    const session = this.#deps.sessions.of(client);
    const judged = session && judgeSubscribe(subscription.topic, subscription.qos, session.identity);
    if (session && judged?.ok) {
      session.reads.add(judged.value.channel);
      return subscription;
    }
    this.#refuse(client, judged?.ok === false ? judged.code : "topic-unknown");
    return null;
  }

  /** After an UNSUBSCRIBE. */
  forget(client: Client, topics: readonly string[]): void {
    const session = this.#deps.sessions.of(client);
    if (!session) return;
    for (const topic of topics) {
      const judged = judgeSubscribe(topic, 0, session.identity satisfies ClientIdentity);
      if (judged.ok) session.reads.delete(judged.value.channel);
    }
  }

  #refuse(client: Client, code: string, returnCode = NOT_AUTHORISED): AuthenticateError {
    this.#deps.counters.add(`refused_${code.replaceAll("-", "_")}`);
    const refusals = this.#deps.sessions.of(client)?.refusals;
    if (!refusals?.has(code)) {
      // Before CONNECT a client has no name yet.
      const id = (client.id ?? "").slice(0, LOGGED_ID_CHARACTERS_MAX);
      this.#deps.log.warn({ code, client: id, address: (client.conn as TLSSocket).remoteAddress }, "refused a client");
    }
    refusals?.add(code);
    return Object.assign(new Error(code), { returnCode });
  }

  #unavailable(client: Client, error: Error): AuthenticateError {
    this.#deps.counters.add("failures");
    this.#deps.log.error({ err: error, client: client.id }, "cannot serve a client");
    return Object.assign(new Error("unavailable"), { returnCode: SERVER_UNAVAILABLE });
  }
}
