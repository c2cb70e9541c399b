/** Lets accepted sockets into their TLS handshake at a bounded rate: a thousand PCs that come back at once do not stall those that are in. */
import type { Socket } from "node:net";
import type { Clock } from "../../../protocol/time.ts";
import type { Counters } from "./counters.ts";
import type { BrokerLimits } from "./limits.ts";
import { TokenBucket } from "./token-bucket.ts";

/** A tenth of a second's handshakes may begin together. */
const BURST_SHARE = 0.1;

export class Admission {
  readonly #limits: BrokerLimits;
  readonly #clock: Clock;
  readonly #counters: Counters;
  readonly #admit: (socket: Socket) => void;
  readonly #bucket: TokenBucket;
  readonly #queue = new Set<Socket>();
  readonly #perAddress = new Map<string, number>();
  #open = 0;
  #cancel: (() => void) | undefined;

  constructor(deps: { limits: BrokerLimits; clock: Clock; counters: Counters; admit: (socket: Socket) => void }) {
    this.#limits = deps.limits;
    this.#clock = deps.clock;
    this.#counters = deps.counters;
    this.#admit = deps.admit;
    const burst = Math.max(1, Math.round(deps.limits.handshakesPerSecond * BURST_SHARE));
    this.#bucket = new TokenBucket(burst, deps.limits.handshakesPerSecond, deps.clock);
  }

  get open(): number {
    return this.#open;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Takes an accepted socket; one over a limit is closed at once and counted. */
  accept(socket: Socket): void {
    const address = socket.remoteAddress ?? "";
    const ofAddress = this.#perAddress.get(address) ?? 0;
    const isOver =
      this.#open >= this.#limits.connectionsMax ||
      this.#queue.size >= this.#limits.handshakeQueueMax ||
      ofAddress >= this.#limits.connectionsPerAddressMax;
    if (isOver) {
      this.#counters.add("refused_connection_limit");
      socket.destroy();
      return;
    }
    this.#open++;
    this.#perAddress.set(address, ofAddress + 1);
    socket.on("error", () => this.#counters.add("socket_errors"));
    socket.once("close", () => this.#release(socket, address));
    this.#queue.add(socket);
    this.#pump();
  }

  close(): void {
    this.#cancel?.();
    for (const socket of this.#queue) socket.destroy();
  }

  #release(socket: Socket, address: string): void {
    this.#open--;
    this.#queue.delete(socket);
    const left = (this.#perAddress.get(address) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(address, left);
    else this.#perAddress.delete(address);
  }

  #pump(): void {
    if (this.#cancel) return;
    for (const socket of this.#queue) {
      if (!this.#bucket.take()) break;
      this.#queue.delete(socket);
      this.#admit(socket);
    }
    if (this.#queue.size === 0) return;
    this.#cancel = this.#clock.after(this.#bucket.waitMs(), () => {
      this.#cancel = undefined;
      this.#pump();
    });
  }
}
