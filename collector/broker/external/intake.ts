/**
 * Messages from an external broker, each acknowledged once the centre has taken it. mqtt.js would wait for one before it looks
 * at the next, and every commit would hold one record; so PUBACKs are written here, and many messages wait together.
 */
import type { MqttClient } from "mqtt";
import type { Log } from "../../../protocol/log.ts";
import { parseTopic } from "../../../protocol/messages/topics.ts";
import type { Clock } from "../../../protocol/time.ts";
import type { Publication } from "../port.ts";

/** Messages that wait for the centre; the socket is read no further while there are so many. */
export const WINDOW_MESSAGES_MAX = 2000;
/** Fixed header of PUBACK (MQTT 3.1.1, section 3.4), followed by the packet identifier. */
const PUBACK = [0x40, 0x02] as const;

type Message = Parameters<MqttClient["handleMessage"]>[0];
type Proceed = Parameters<MqttClient["handleMessage"]>[1];

/** Makes mqtt.js go on to the next packet without a PUBACK of its own. */
const NOT_YET = new Error("acknowledged later");

export class Intake {
  readonly #deps: { clock: Clock; log: Log };
  readonly #counters = { received: 0, received_bytes: 0, refused_topic_unknown: 0, failures: 0 };
  #handler: (publication: Publication) => Promise<void> = async () => {};
  #waiting = 0;
  #held: (() => void)[] = [];

  constructor(deps: { clock: Clock; log: Log }) {
    this.#deps = deps;
  }

  setHandler(handler: (publication: Publication) => Promise<void>): void {
    this.#handler = handler;
  }

  stats(): Record<string, number> {
    return { ...this.#counters, waiting: this.#waiting };
  }

  attach(client: MqttClient): void {
    let before: Promise<unknown> = Promise.resolve();
    client.handleMessage = (packet: Message, proceed: Proceed) => {
      if (packet.cmd !== "publish") return proceed();
      const { messageId } = packet;
      // The stream of now: an identifier means nothing on the next connection.
      const { stream } = client;
      this.#waiting++;
      before = Promise.all([before, this.#take(packet)]).then(
        () => {
          if (messageId !== undefined && stream.writable) stream.write(pubackOf(messageId));
        },
        (error: Error) => this.#giveUp(client, error),
      );
      void before.then(() => this.#release());
      if (this.#waiting < WINDOW_MESSAGES_MAX) proceed(NOT_YET);
      else this.#held.push(() => proceed(NOT_YET));
    };
  }

  async #take({ topic, payload }: { topic: string; payload: Buffer | string }): Promise<void> {
    const parsed = parseTopic(topic);
    if (!parsed) {
      this.#counters.refused_topic_unknown++;
      return;
    }
    const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
    this.#counters.received++;
    this.#counters.received_bytes += bytes.length;
    await this.#handler({ topic: parsed, payload: bytes, receivedAt: this.#deps.clock.now() });
  }

  #release(): void {
    this.#waiting--;
    this.#held.shift()?.();
  }

  /** The centre could not keep it: the next connection begins with what the sources send again. */
  #giveUp(client: MqttClient, error: Error): void {
    this.#counters.failures++;
    this.#deps.log.error({ err: error }, "a message could not be taken");
    client.end(true);
  }
}

function pubackOf(messageId: number): Buffer {
  return Buffer.from([...PUBACK, messageId >> 8, messageId & 0xff]);
}
