/** A source without a centre: keeps what is appended and lets a test play the centre. */
import type { Down } from "../../../protocol/messages/envelope.ts";
import type { ContractRecord } from "../../../protocol/messages/records.ts";
import type { Replay, Source, SourceOptions } from "../../../protocol/uplink/source.ts";

export interface FakeSource extends Source {
  records: ContractRecord[];
  options: SourceOptions;
  /** What happened to the source besides: `flush`, `stop CAUSE`. */
  calls: string[];
  down(message: Down): void;
  replay(): void;
  address(address: string): void;
}

export function fakeSource(options: SourceOptions, epoch = "00000000000000aa"): FakeSource {
  const handlers = {
    down: new Set<(message: Down) => void>(),
    replay: new Set<(replay: Replay) => void>(),
    address: new Set<(address: string) => void>(),
  };
  const subscribe = <T>(set: Set<T>, handler: T) => {
    set.add(handler);
    return () => void set.delete(handler);
  };
  const records: ContractRecord[] = [];
  const calls: string[] = [];
  const zero = {
    appended: 0,
    batchesSent: 0,
    resends: 0,
    connects: 0,
    acks: 0,
    badMessages: 0,
    damaged: 0,
    sacrificed: 0,
    gapsSent: 0,
  };
  return {
    records,
    calls,
    options,
    append: async (record) => records.push(record),
    state: () => ({
      enrolment: { state: "waiting" },
      connected: true,
      answered: false,
      epoch,
      newest: records.length,
      committed: 0,
      pending: records.length,
      journalBytes: 0,
      counters: zero,
    }),
    onDown: (handler) => subscribe(handlers.down, handler),
    onCommitted: () => () => {},
    onReplay: (handler) => subscribe(handlers.replay, handler),
    localAddress: () => undefined,
    onLocalAddress: (handler) => subscribe(handlers.address, handler),
    onConnected: () => () => {},
    enrolled: () => new Promise(() => {}),
    flush: async () => {
      calls.push("flush");
      return false;
    },
    stop: async (cause) => void calls.push(`stop ${cause}`),
    down(message) {
      for (const handler of handlers.down) handler(message);
    },
    replay() {
      for (const handler of handlers.replay) handler({ db: "b", committed: 0, missing: 0 });
    },
    address(address) {
      for (const handler of handlers.address) handler(address);
    },
  };
}
