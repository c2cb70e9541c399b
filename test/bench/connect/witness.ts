/** One ordinary source whose round trip, PUBLISH to PUBACK, is measured while others misbehave. */
import { connect, type TLSSocket } from "node:tls";
import { addressOf, formatTopic } from "../../../protocol/messages/topics.ts";
import { quantile, round } from "../figures.ts";
import { SITE } from "../intake/load-client.ts";
import { punchRecords } from "../intake/load-records.ts";
import { BatchPackets, encodeConnect, type Incoming, PacketReader } from "../intake/mqtt-wire.ts";

const EVERY_MS = 10;
const KEEPALIVE_SECONDS = 300;

export interface Credentials {
  port: number;
  ca: string;
  key: string;
  source: string;
  certificate: string;
}

export function openTls({ port, ca, key, certificate }: Credentials): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, ca, key, cert: certificate, servername: "localhost" });
    socket.setNoDelay(true);
    socket.once("error", reject);
    socket.once("secureConnect", () => resolve(socket));
  });
}

export interface RoundTrips {
  count: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

export class Witness {
  readonly #socket: TLSSocket;
  readonly #packets: BatchPackets;
  readonly #reader = new PacketReader();
  #onPacket: (packet: Incoming) => void = () => {};

  private constructor(socket: TLSSocket, source: string) {
    this.#socket = socket;
    const topic = formatTopic(addressOf(SITE, source), "up");
    this.#packets = new BatchPackets(topic, "9f00000000000001", punchRecords(1), new Date().toISOString());
    socket.on("data", (chunk: Buffer) => this.#reader.read(chunk, (packet) => this.#onPacket(packet)));
  }

  static async open(credentials: Credentials): Promise<Witness> {
    const witness = new Witness(await openTls(credentials), credentials.source);
    await witness.#exchange(encodeConnect(credentials.source, KEEPALIVE_SECONDS));
    return witness;
  }

  /** One round trip every 10 ms until `done` settles. */
  async watch(done: Promise<unknown>): Promise<RoundTrips> {
    let isDone = false;
    void done.finally(() => {
      isDone = true;
    });
    const times: number[] = [];
    for (let n = 1; !isDone; n++) {
      const began = performance.now();
      await this.#exchange(this.#packets.packet((n % 60_000) + 1, n));
      times.push(performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
    await done;
    return summarise(times);
  }

  close(): void {
    this.#socket.destroy();
  }

  #exchange(bytes: Buffer): Promise<Incoming> {
    return new Promise((resolve, reject) => {
      this.#onPacket = resolve;
      this.#socket.once("close", () => reject(new Error("the witness was cut off")));
      this.#socket.write(bytes);
    }).finally(() => this.#socket.removeAllListeners("close")) as Promise<Incoming>;
  }
}

function summarise(times: number[]): RoundTrips {
  const at = (share: number) => round(quantile(times, share));
  return { count: times.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
}
