/** The model against frames of real clocks: a genuine request in, the genuine reply out, byte for byte. */
import { describe, expect, it } from "vitest";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { ClockDevice } from "../../../simulators/clock/device.ts";
import { parseDial } from "../../../simulators/clock/local-time.ts";
import { encodeEntry, type LogEntry } from "../../../simulators/clock/log-memory.ts";
import type { ClockOptions } from "../../../simulators/clock/state.ts";
import { crcOf } from "../../../simulators/clock/wire.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

/** A clock with power, and what it sends, as hex. */
function newClock(options: Partial<ClockOptions> = {}) {
  const device = new ClockDevice(options, { clock: new VirtualClock(), log: SILENT_LOG });
  device.powerUp();
  const sent: string[] = [];
  device.onSend = (frame) => sent.push(Buffer.from(frame).toString("hex"));
  return { device, sent, ask: (hex: string) => device.receive(fromHex(hex)) };
}

function fromHex(hex: string): Uint8Array {
  return Buffer.from(hex.replaceAll(" ", ""), "hex");
}

function compact(hex: string): string {
  return hex.replaceAll(" ", "").toLowerCase();
}

function dial(text: string): number {
  return parseDial(text) ?? Number.NaN;
}

function entry(changes: Partial<LogEntry>): LogEntry {
  return { user: 1, dialMs: dial("2026-09-03T09:07:28"), backup: 1, type: 0, workCode: 0, ...changes };
}

describe("a simulated clock answers as the captured ones did", () => {
  it("computes the published check value of the CRC", () => {
    expect(crcOf(Buffer.from("123456789"))).toBe(0x6f91);
  });

  it("counts (vendor client log)", () => {
    const { device, sent, ask } = newClock();
    device.state.users = new Set(Array.from({ length: 189 }, (_, id) => id + 1));
    device.state.counts = { fingerprints: 312, passwords: 12, cards: 7 };
    for (let record = 0; record < 50_000; record++) device.state.log.append(new Uint8Array(14), record >= 50_000 - 51);
    ask("A5 00 00 00 01 3C 00 00 49 A9");
    expect(sent).toEqual([
      compact("A5 00 00 00 01 BC 00 00 12 00 00 BD 00 01 38 00 00 0C 00 00 07 00 C3 50 00 00 33 24 EC"),
    ]);
  });

  it("identity (vendor client log)", () => {
    const { device, sent, ask } = newClock({ firmware: "03.26.93" });
    device.state.identityTail = fromHex("40 1A 81 0A 05 00 20 00 00 02");
    ask("A5 00 00 00 01 30 00 00 EA 0C");
    expect(sent).toEqual([
      compact("A5 00 00 00 01 B0 00 00 12 30 33 2E 32 36 2E 39 33 40 1A 81 0A 05 00 20 00 00 02 DF 36"),
    ]);
  });

  it("configuration 2 with real-time on and an alarm at 100 (benperiton capture)", () => {
    const { sent, ask } = newClock({ realTime: true });
    ask("A5 00 00 00 01 32 00 00 52 B9");
    expect(sent).toEqual([compact("A5 00 00 00 01 B2 00 00 0F 01 80 00 01 01 01 00 05 00 00 64 00 00 05 00 3A A7")]);
  });

  it("the time of day (benperiton capture)", () => {
    const { device, sent, ask } = newClock();
    device.state.dial.set(dial("2014-07-15T12:16:28"));
    ask("A5 00 00 00 01 38 00 00 28 CA");
    expect(sent).toEqual([compact("A5 00 00 00 01 B8 00 00 06 0E 07 0F 0C 10 1C 71 38")]);
  });

  it("the only new record, and a continuation without a start is refused (vendor client log, benperiton)", () => {
    const { device, sent, ask } = newClock();
    device.remember([entry({})], true);
    ask("A5 00 00 00 01 40 00 02 00 19 8E F3");
    ask("A5 00 00 00 01 40 00 02 02 19 3E C0");
    expect(sent).toEqual([
      compact("A5 00 00 00 01 C0 01 00 00 AF 65"),
      compact("A5 00 00 00 01 C0 00 00 0F 01 00 00 00 00 01 32 2A A3 D0 01 00 00 00 00 F4 C6"),
    ]);
  });

  it("one punch, pushed live and then downloaded (phanviz capture)", () => {
    const { device, sent, ask } = newClock({ users: [38] });
    device.state.dial.set(dial("2020-01-02T13:29:14"));
    device.punch({ user: 38, type: 2 });
    ask("A5 00 00 00 01 40 00 02 02 19 3E C0");
    expect(sent).toEqual([
      compact("A5 00 00 00 01 DF 00 00 0E 00 00 00 00 26 25 9F 5B 2A 01 02 00 00 00 D5 09"),
      compact("A5 00 00 00 01 C0 00 00 0F 01 00 00 00 00 26 25 9F 5B 2A 01 02 00 00 00 AF 90"),
    ]);
  });

  it("a record whose time settles the epoch (vendor client log)", () => {
    const bytes = encodeEntry(entry({ user: 43_498_727, dialMs: dial("2026-09-02T13:04:16"), type: 1 }));
    expect(Buffer.from(bytes).toString("hex")).toBe(compact("00 02 97 BC E7 32 29 89 D0 01 01 00 00 00"));
  });

  it("unmarks exactly the 51 that the vendor's client asks for", () => {
    const { device, sent, ask } = newClock();
    for (let record = 0; record < 60; record++) device.state.log.append(new Uint8Array(14));
    ask("A5 00 00 00 01 4E 00 04 02 00 00 33 94 4D");
    expect(device.state.log.newCount).toBe(9);
    expect(sent.map((hex) => hex.slice(0, -4))).toEqual([compact("A5 00 00 00 01 CE 00 00 03 00 00 33")]);
  });

  it("answers to its own number and to 0, with its own number, and to no other (StackOverflow 18929423)", () => {
    const { device, sent, ask } = newClock({ number: 5 });
    ask("A5 00 00 00 06 3C 00 00 68 FE");
    expect(sent).toEqual([]);
    ask("A5 00 00 00 05 38 00 00 C4 B8");
    expect(sent[0]?.slice(0, 12)).toBe("a500000005b8");
    expect(device.heard).toEqual(new Map([[0x38, 1]]));
  });

  it("takes the answer to its heartbeat in silence (MxLabs/Anviz issue 20)", () => {
    const { sent, ask } = newClock();
    ask("A5 00 00 00 01 FF 00 00 00 78 C1");
    expect(sent).toEqual([]);
  });
});
