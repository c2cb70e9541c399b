/** What a bad line does to bytes. `rate` is the chance per chunk (a frame, as a rule), 0 to 1. */
import type { Clock, Random } from "../../protocol/time.ts";
import type { Fault } from "./chain.ts";

export interface FaultDeps {
  clock: Clock;
  random: Random;
  /** Told of every fault that was really done. */
  happened?: (fault: ByteFaultName) => void;
}

export const BYTE_FAULTS = ["noise", "flip", "lose", "split", "glue", "delay", "truncate"] as const;
export type ByteFaultName = (typeof BYTE_FAULTS)[number];

const NOISE_BYTES_MAX = 24;
const LOST_BYTES_MAX = 3;
const SPLIT_GAP_MS_MAX = 30;
const GLUE_HOLD_MS_MAX = 40;
const DELAY_MS_MAX = 60;

export const FAULT_FACTORIES: Record<ByteFaultName, (rate: number, deps: FaultDeps) => Fault> = {
  noise: addNoise,
  flip: flipBit,
  lose: loseBytes,
  split: splitChunk,
  glue: glueChunks,
  delay: delayChunk,
  truncate: truncateChunk,
};

/** Random bytes before, after or inside the chunk. */
export function addNoise(rate: number, deps: FaultDeps): Fault {
  return sometimes("noise", rate, deps, (bytes, next) => {
    const at = below(deps.random, bytes.length + 1);
    const noise = Uint8Array.from({ length: 1 + below(deps.random, NOISE_BYTES_MAX) }, () => below(deps.random, 256));
    next(Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]));
  });
}

/** One bit the other way round. */
export function flipBit(rate: number, deps: FaultDeps): Fault {
  return sometimes("flip", rate, deps, (bytes, next) => {
    const changed = Uint8Array.from(bytes);
    const at = below(deps.random, bytes.length);
    changed[at] = (changed[at] ?? 0) ^ (1 << below(deps.random, 8));
    next(changed);
  });
}

/** A few bytes in a row missing. */
export function loseBytes(rate: number, deps: FaultDeps): Fault {
  return sometimes("lose", rate, deps, (bytes, next) => {
    const count = 1 + below(deps.random, Math.min(LOST_BYTES_MAX, bytes.length));
    const at = below(deps.random, bytes.length - count + 1);
    next(Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + count)]));
  });
}

/** The end of the chunk missing, as when the power goes in mid-frame. */
export function truncateChunk(rate: number, deps: FaultDeps): Fault {
  return sometimes("truncate", rate, deps, (bytes, next) => next(bytes.subarray(0, below(deps.random, bytes.length))));
}

/** One chunk as two, with a pause between. */
export function splitChunk(rate: number, deps: FaultDeps): Fault {
  const queue = inOrder(deps.clock);
  return (bytes, next, direction) => {
    const split = bytes.length > 1 && hit("split", rate, deps);
    const at = split ? 1 + below(deps.random, bytes.length - 1) : bytes.length;
    queue(direction, 0, () => next(bytes.subarray(0, at)));
    if (split) queue(direction, deps.random() * SPLIT_GAP_MS_MAX, () => next(bytes.subarray(at)));
  };
}

/** A chunk kept back until the next one comes (or a moment passes), so that both arrive in one read. */
export function glueChunks(rate: number, deps: FaultDeps): Fault {
  const held = new Map<string, { bytes: Uint8Array; cancel: () => void }>();
  return (bytes, next, direction) => {
    const before = held.get(direction);
    before?.cancel();
    held.delete(direction);
    const all = before ? Buffer.concat([before.bytes, bytes]) : bytes;
    if (before || !hit("glue", rate, deps)) return next(all);
    const release = () => {
      held.delete(direction);
      next(all);
    };
    held.set(direction, { bytes: all, cancel: deps.clock.after(deps.random() * GLUE_HOLD_MS_MAX, release) });
  };
}

/** A chunk that comes later; those behind it wait. */
export function delayChunk(rate: number, deps: FaultDeps): Fault {
  const queue = inOrder(deps.clock);
  return (bytes, next, direction) => {
    queue(direction, hit("delay", rate, deps) ? deps.random() * DELAY_MS_MAX : 0, () => next(bytes));
  };
}

type Change = (bytes: Uint8Array, next: (bytes: Uint8Array) => void) => void;

function sometimes(name: ByteFaultName, rate: number, deps: FaultDeps, change: Change): Fault {
  return (bytes, next) => (bytes.length > 0 && hit(name, rate, deps) ? change(bytes, next) : next(bytes));
}

function hit(name: ByteFaultName, rate: number, deps: FaultDeps): boolean {
  const happens = deps.random() < rate;
  if (happens) deps.happened?.(name);
  return happens;
}

/** Runs actions in the order given, each at least `ms` after the one before; at once when nothing waits. */
function inOrder(clock: Clock): (direction: string, ms: number, action: () => void) => void {
  const queues = new Map<string, { at: number; action: () => void }[]>();
  const waitForHead = (queue: { at: number; action: () => void }[]) => {
    const [head] = queue;
    if (!head) return;
    clock.after(Math.max(0, head.at - clock.monotonic()), () => {
      head.action();
      queue.shift();
      waitForHead(queue);
    });
  };
  return (direction, ms, action) => {
    const queue = queues.get(direction) ?? [];
    queues.set(direction, queue);
    if (queue.length === 0 && ms === 0) return action();
    queue.push({ at: Math.max(clock.monotonic(), queue.at(-1)?.at ?? 0) + ms, action });
    if (queue.length === 1) waitForHead(queue);
  };
}

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}
