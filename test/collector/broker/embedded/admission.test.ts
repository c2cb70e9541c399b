import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { expect, test } from "vitest";
import { Admission } from "../../../../collector/broker/embedded/admission.ts";
import { Counters } from "../../../../collector/broker/embedded/counters.ts";
import { DEFAULT_LIMITS } from "../../../../collector/broker/embedded/limits.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

class Caller extends EventEmitter {
  readonly remoteAddress: string;
  isDestroyed = false;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }

  destroy(): void {
    if (this.isDestroyed) return;
    this.isDestroyed = true;
    this.emit("close");
  }
}

function open(limits: Partial<typeof DEFAULT_LIMITS>) {
  const clock = new VirtualClock();
  const counters = new Counters();
  const admitted: string[] = [];
  const admission = new Admission({
    limits: { ...DEFAULT_LIMITS, ...limits },
    clock,
    counters,
    admit: (socket) => admitted.push(socket.remoteAddress ?? ""),
  });
  const call = (address: string) => {
    const caller = new Caller(address);
    admission.accept(caller as unknown as Socket);
    return caller;
  };
  return { clock, counters, admitted, admission, call };
}

test("a storm is let in at the rate, a tenth of a second's worth at once", async () => {
  const { clock, admitted, admission, call } = open({ handshakesPerSecond: 300 });
  for (let n = 0; n < 1000; n++) call("10.0.0.1");
  expect({ begun: admitted.length, waiting: admission.waiting }).toEqual({ begun: 30, waiting: 970 });
  await clock.advance(1000);
  expect(admitted.length).toBeGreaterThanOrEqual(325);
  expect(admitted.length).toBeLessThanOrEqual(330);
  await clock.advance(2400);
  expect({ begun: admitted.length, waiting: admission.waiting, timers: clock.pendingTimers }).toEqual({
    begun: 1000,
    waiting: 0,
    timers: 0,
  });
});

test("addresses take turns: a flood from one does not keep another out", async () => {
  const { clock, admitted, call } = open({ handshakesPerSecond: 10 });
  for (let n = 0; n < 500; n++) call("10.0.0.66");
  call("10.0.0.1");
  call("10.0.0.2");
  await clock.advance(400);
  expect(admitted.slice(0, 5).sort()).toEqual(["10.0.0.1", "10.0.0.2", "10.0.0.66", "10.0.0.66", "10.0.0.66"]);
});

test("over a limit a caller is closed at once, and room comes back when others go", () => {
  const { counters, admission, call } = open({ connectionsMax: 3, connectionsPerAddressMax: 2 });
  const [first] = [call("10.0.0.1"), call("10.0.0.1")];
  expect(call("10.0.0.1").isDestroyed, "third of one address").toBe(true);
  expect(call("10.0.0.2").isDestroyed).toBe(false);
  expect(call("10.0.0.3").isDestroyed, "fourth of all").toBe(true);
  expect(counters.get("refused_connection_limit")).toBe(2);
  first?.destroy();
  expect(call("10.0.0.1").isDestroyed).toBe(false);
  expect(admission.open).toBe(3);
});

test("a caller that hangs up while it waits costs no turn", async () => {
  const { clock, admitted, admission, call } = open({ handshakesPerSecond: 10 });
  const callers = Array.from({ length: 5 }, () => call("10.0.0.1"));
  for (const caller of callers.slice(1, 4)) caller.destroy();
  await clock.advance(150);
  expect({ begun: admitted.length, waiting: admission.waiting, open: admission.open }).toEqual({
    begun: 2,
    waiting: 0,
    open: 2,
  });
});

test("closing closes those that wait and those that are in", () => {
  const { clock, admission, call } = open({ handshakesPerSecond: 10 });
  const callers = Array.from({ length: 5 }, () => call("10.0.0.1"));
  admission.close();
  expect(callers.every(({ isDestroyed }) => isDestroyed)).toBe(true);
  expect({ open: admission.open, timers: clock.pendingTimers }).toEqual({ open: 0, timers: 0 });
});
