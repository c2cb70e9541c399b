/** One source of the load generator: one TLS connection, a window of batches, and when which record was published. */
import { connect, type TLSSocket } from "node:tls";
import { addressOf, formatTopic } from "../../../protocol/messages/topics.ts";
import { BatchPackets, encodeConnect, encodeSubscribe, type Incoming, PacketReader } from "./mqtt-wire.ts";

export const SITE = "hall";
const WINDOW_BATCHES = 10;
const KEEPALIVE_SECONDS = 1_200;
const PACKET_IDS = 60_000;

export interface Connection {
  host: string;
  port: number;
  ca: string;
  key: string;
}

/** What closes a batch: the broker's PUBACK, or the centre's acknowledgement of its records. */
export type Until = "puback" | "ack";

export class LoadClient {
  readonly #source: string;
  readonly #socket: TLSSocket;
  readonly #reader = new PacketReader();
  #onReady: () => void = () => {};
  #batch = { packets: undefined as BatchPackets | undefined, records: 0, until: "ack" as Until };
  #sent = 0;
  #closed = 0;
  #through = 0;
  #flooding = false;
  /** By sequence number minus 1: when it was handed to the socket. */
  #times: number[] = [];
  #latencies: number[] | undefined;

  private constructor(source: string, socket: TLSSocket) {
    this.#source = source;
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => this.#reader.read(chunk, (packet) => this.#take(packet)));
  }

  static open(source: string, certificate: string, { host, port, ca, key }: Connection): Promise<LoadClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, ca, key, cert: certificate, servername: "localhost" });
      socket.setNoDelay(true);
      socket.once("error", reject);
      socket.once("close", () => reject(new Error(`${source} was disconnected`)));
      const client = new LoadClient(source, socket);
      client.#onReady = () => resolve(client);
      socket.write(encodeConnect(source, KEEPALIVE_SECONDS));
    });
  }

  /** Records closed since `prepare`. */
  get records(): number {
    return this.#closed * this.#batch.records;
  }

  /** A new epoch with batches of these records. */
  prepare(epoch: string, records: readonly string[], until: Until): void {
    const topic = formatTopic(addressOf(SITE, this.#source), "up");
    const packets = new BatchPackets(topic, epoch, records, new Date().toISOString());
    this.#batch = { packets, records: records.length, until };
    this.#sent = 0;
    this.#closed = 0;
    this.#through = 0;
    this.#times = [];
    this.#latencies = undefined;
  }

  startFlood(): void {
    this.#flooding = true;
    this.#fill();
  }

  stopFlood(): void {
    this.#flooding = false;
  }

  get idle(): boolean {
    return this.#closed >= this.#sent;
  }

  /** Publishes one batch now; false when the window is full. */
  publishOne(): boolean {
    if (this.#sent - this.#closed >= WINDOW_BATCHES) return false;
    this.#times.push(performance.now());
    this.#publish();
    return true;
  }

  /** From now on the time from each `publishOne` to its acknowledgement goes to `latencies`, ms. */
  measureInto(latencies: number[]): void {
    this.#latencies = latencies;
  }

  close(): void {
    this.#socket.removeAllListeners("close");
    this.#socket.destroy();
  }

  #fill(): void {
    if (!this.#flooding || this.#sent - this.#closed >= WINDOW_BATCHES) return;
    this.#socket.cork();
    while (this.#sent - this.#closed < WINDOW_BATCHES) this.#publish();
    this.#socket.uncork();
  }

  #publish(): void {
    const { packets, records } = this.#batch;
    if (!packets) throw new Error("not prepared");
    this.#socket.write(packets.packet((this.#sent % PACKET_IDS) + 1, this.#sent * records + 1));
    this.#sent++;
  }

  #take(packet: Incoming): void {
    if (packet.type === "connack") this.#connected(packet.code);
    if (packet.type === "suback") this.#onReady();
    if (packet.type === "puback" && this.#batch.until === "puback") {
      this.#closed++;
      this.#fill();
    }
    if (packet.type === "publish" && this.#batch.until === "ack") this.#acknowledged(packet.payload);
  }

  #connected(code: number): void {
    if (code !== 0) throw new Error(`${this.#source} was refused with return code ${code}`);
    this.#socket.write(encodeSubscribe(1, formatTopic(addressOf(SITE, this.#source), "ack")));
  }

  #acknowledged(payload: Buffer): void {
    const { epoch, through } = JSON.parse(payload.toString()) as { epoch: string; through: number };
    if (this.#batch.packets?.epoch !== epoch) return;
    if (this.#latencies) {
      const now = performance.now();
      for (let number = this.#through; number < through; number++)
        this.#latencies.push(now - (this.#times[number] ?? now));
    }
    this.#through = through;
    this.#closed = through / this.#batch.records;
    this.#fill();
  }
}
