/**
 * Lets accepted sockets into their TLS handshake at a bounded rate, network addresses in turn: a thousand PCs that come back
 * at once do not stall those that are in, and one address that floods does not keep the others out.
 */
import type { Socket } from "node:net";
import type { Clock } from "../../../protocol/time.ts";
import type { Counters } from "./counters.ts";
import type { BrokerLimits } from "./limits.ts";
import { TokenBucket } from "./token-bucket.ts";

/** A tenth of a second's handshakes may begin together. */
const BURST_SHARE = 0.1;

export interface AdmissionDeps {
  limits: BrokerLimits;
  clock: Clock;
  counters: Counters;
  /** Begins the handshake. */
  admit: (socket: Socket) => void;
}

interface Origin {
  open: number;
  waiting: Set<Socket>;
}

export class Admission {
  readonly #deps: AdmissionDeps;
  readonly #bucket: TokenBucket;
  readonly #sockets = new Set<Socket>();
  readonly #origins = new Map<string, Origin>();
  /** Those of the origins that have sockets waiting; the next in turn first. */
  readonly #turns = new Set<Origin>();
  #waiting = 0;
  #cancel: (() => void) | undefined;

  constructor(deps: AdmissionDeps) {
    this.#deps = deps;
    const { handshakesPerSecond } = deps.limits;
    const burst = Math.max(1, Math.round(handshakesPerSecond * BURST_SHARE));
    this.#bucket = new TokenBucket(burst, handshakesPerSecond, deps.clock);
  }

  get open(): number {
    return this.#sockets.size;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Takes an accepted socket; one over a limit is closed at once and counted. */
  accept(socket: Socket): void {
    const { limits, counters } = this.#deps;
    const address = socket.remoteAddress ?? "";
    const origin = this.#origins.get(address) ?? { open: 0, waiting: new Set() };
    if (this.#sockets.size >= limits.connectionsMax || origin.open >= limits.connectionsPerAddressMax) {
      counters.add("refused_connection_limit");
      socket.destroy();
      return;
    }
    this.#origins.set(address, origin);
    this.#sockets.add(socket);
    origin.open++;
    socket.on("error", () => counters.add("socket_errors"));
    socket.once("close", () => this.#release(socket, address, origin));
    this.#enqueue(socket, origin);
    this.#pump();
  }

  /** Closes every socket that was let in or waits. */
  close(): void {
    this.#cancel?.();
    for (const socket of this.#sockets) socket.destroy();
  }

  #enqueue(socket: Socket, origin: Origin): void {
    origin.waiting.add(socket);
    this.#turns.add(origin);
    this.#waiting++;
  }

  #dequeue(socket: Socket, origin: Origin): void {
    if (!origin.waiting.delete(socket)) return;
    this.#waiting--;
    this.#turns.delete(origin);
    if (origin.waiting.size > 0) this.#turns.add(origin);
  }

  #release(socket: Socket, address: string, origin: Origin): void {
    this.#sockets.delete(socket);
    this.#dequeue(socket, origin);
    if (--origin.open === 0) this.#origins.delete(address);
  }

  #pump(): void {
    if (this.#cancel) return;
    for (let [origin] = this.#turns; origin && this.#bucket.take(); [origin] = this.#turns) {
      const [socket] = origin.waiting;
      if (!socket) break;
      this.#dequeue(socket, origin);
      this.#deps.counters.add("handshakes_begun");
      this.#deps.admit(socket);
    }
    if (this.#waiting === 0) return;
    this.#cancel = this.#deps.clock.after(this.#bucket.waitMs(), () => {
      this.#cancel = undefined;
      this.#pump();
    });
  }
}
