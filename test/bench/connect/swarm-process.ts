/** Some thousands of idle PCs in one process: TLS connections with client certificates that come back when they are cut. */
import { connect, type TLSSocket } from "node:tls";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import type { Random } from "../../../protocol/time.ts";
import { encodeConnect } from "../intake/mqtt-wire.ts";

export interface SwarmOrder {
  host: string;
  port: number;
  ca: string;
  key: string;
  members: { source: string; certificate: string }[];
  /** Loopback addresses to come from, in turn. */
  addresses: string[];
  /** Speak MQTT, or leave it at TLS. */
  isMqtt: boolean;
  /** Waits between attempts: uniformly up to this, ms, as the contract's back-off begins. */
  retryMsMax: number;
  seed: number;
}

export type SwarmReport = { type: "count"; connected: number; resumed: number; failures: number } | { type: "stopped" };

const KEEPALIVE_SECONDS = 1200;
const REPORT_MS = 50;
const CONNACK = 0x20;

class Swarm {
  readonly #order: SwarmOrder;
  readonly #random: Random;
  readonly #sockets = new Set<TLSSocket>();
  #connected = 0;
  #resumed = 0;
  #failures = 0;
  #isStopped = false;

  constructor(order: SwarmOrder) {
    this.#order = order;
    this.#random = seededRandom(order.seed);
  }

  start(): void {
    for (const [index, member] of this.#order.members.entries()) this.#open(member, index, undefined);
  }

  report(): SwarmReport {
    return { type: "count", connected: this.#connected, resumed: this.#resumed, failures: this.#failures };
  }

  stop(): void {
    this.#isStopped = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #open(member: SwarmOrder["members"][number], index: number, session: Buffer | undefined): void {
    if (this.#isStopped) return;
    const { host, port, ca, key, addresses, isMqtt } = this.#order;
    const localAddress = addresses[index % addresses.length];
    const socket = connect({
      host,
      port,
      ca,
      key,
      cert: member.certificate,
      servername: "localhost",
      ...(localAddress === undefined ? {} : { localAddress }),
      ...(session ? { session } : {}),
    });
    this.#sockets.add(socket);
    let latest = session;
    let isIn = false;
    const enter = () => {
      isIn = true;
      this.#connected++;
      if (socket.isSessionReused()) this.#resumed++;
    };
    socket.on("session", (ticket) => {
      latest = ticket;
    });
    socket.on("error", () => {});
    socket.once("secureConnect", () => {
      if (isMqtt) socket.write(encodeConnect(member.source, KEEPALIVE_SECONDS));
      else enter();
    });
    socket.on("data", (chunk: Buffer) => {
      if (!isIn && chunk[0] === CONNACK && chunk[3] === 0) enter();
    });
    socket.once("close", () => {
      this.#sockets.delete(socket);
      if (isIn) this.#connected--;
      else this.#failures++;
      setTimeout(() => this.#open(member, index, latest), this.#random() * this.#order.retryMsMax);
    });
  }
}

let swarm: Swarm | undefined;

process.on("message", (message: SwarmOrder | "stop") => {
  if (message === "stop") {
    swarm?.stop();
    process.send?.({ type: "stopped" } satisfies SwarmReport);
    return;
  }
  swarm = new Swarm(message);
  swarm.start();
});
process.on("disconnect", () => process.exit());
setInterval(() => {
  if (swarm) process.send?.(swarm.report());
}, REPORT_MS);
