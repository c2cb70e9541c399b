import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import { byteTimeMs, PacedLine } from "../../../simulators/serial/paced-line.ts";
import type { VirtualPort } from "../../../simulators/serial/port.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

/** A port whose reader remembers when each byte came. */
class RecordingPort implements VirtualPort {
  readonly path = "/dev/null";
  plugged = true;
  overrunBytes = 0;
  onBytes: (bytes: Uint8Array) => void = () => {};
  readonly received: { at: number; bytes: number[] }[] = [];
  baud: number | undefined = undefined;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }
  async plug(): Promise<void> {}
  async unplug(): Promise<void> {}
  write(bytes: Uint8Array): void {
    this.received.push({ at: this.#clock.monotonic(), bytes: [...bytes] });
  }
  readerBaud(): number | undefined {
    return this.baud;
  }
}

function newLine(baud: number) {
  const clock = new VirtualClock();
  const port = new RecordingPort(clock);
  const line = new PacedLine(port, baud, { clock, random: seededRandom(1) });
  const heard: { at: number; count: number }[] = [];
  line.onBytes = (bytes) => heard.push({ at: clock.monotonic(), count: bytes.length });
  return { clock, port, line, heard };
}

describe("a paced line", () => {
  it("takes ten bits a byte: 377 ms for a full page of records at 9600 baud", async () => {
    const { clock, port, line } = newLine(9600);
    line.send(new Uint8Array(362));
    await clock.advance(376);
    expect(port.received.flatMap(({ bytes }) => bytes).length).toBeLessThan(362);
    await clock.advance(2);
    expect(port.received.flatMap(({ bytes }) => bytes).length).toBe(362);
    expect(line.use()).toEqual({
      toReaderBytes: 362,
      toDeviceBytes: 0,
      busyMs: 362 * byteTimeMs(9600),
      garbledBytes: 0,
      lostBytes: 0,
    });
  });

  it("hands no byte over before its last bit has arrived", async () => {
    const { clock, port, line } = newLine(9600);
    line.send(new Uint8Array(100));
    await clock.advance(1_000);
    let count = 0;
    for (const { at, bytes } of port.received) {
      count += bytes.length;
      expect(at).toBeGreaterThanOrEqual(count * byteTimeMs(9600) - 1e-6);
    }
  });

  it("delays the reader's bytes on their way to the device as well", async () => {
    const { clock, port, heard } = newLine(9600);
    port.onBytes(new Uint8Array(12));
    await clock.advance(1_000);
    expect(heard).toEqual([{ at: 12.5, count: 12 }]);
  });

  it("queues what is sent while it is busy, and counts busy time of both directions once", async () => {
    const { clock, port, line } = newLine(1200);
    line.send(new Uint8Array(12));
    port.onBytes(new Uint8Array(12));
    line.send(new Uint8Array(12));
    await clock.advance(1_000);
    expect(port.received.map(({ at }) => Math.round(at))).toEqual([100, 200]);
    expect(Math.round(line.use().busyMs)).toBe(200);
  });

  it("gives garbage to a reader with another rate, and to the device", async () => {
    const { clock, port, line, heard } = newLine(9600);
    port.baud = 19_200;
    line.send(Uint8Array.from([1, 2, 3, 4]));
    port.onBytes(Uint8Array.from([1, 2, 3, 4]));
    await clock.advance(100);
    expect(port.received.flatMap(({ bytes }) => bytes)).toHaveLength(8);
    expect(port.received[0]?.bytes.slice(0, 4)).not.toEqual([1, 2, 3, 4]);
    expect(heard.map(({ count }) => count)).toEqual([2]);
    expect(line.use().garbledBytes).toBe(8);
  });

  it("forgets what is on the wire when it is cut in mid-frame", async () => {
    const { clock, port, line } = newLine(9600);
    line.send(new Uint8Array(100));
    await clock.advance(50);
    line.cut();
    expect(line.pendingBytes).toBe(0);
    await clock.advance(1_000);
    const arrived = port.received.flatMap(({ bytes }) => bytes).length;
    expect(arrived).toBeGreaterThan(0);
    expect(arrived).toBeLessThan(100);
  });

  it("loses what a device sends beyond 64 KiB of backlog, and counts it", () => {
    const { line } = newLine(300);
    line.send(new Uint8Array(64 * 1024));
    line.send(new Uint8Array(1));
    expect(line.use().lostBytes).toBe(1);
  });

  it("sends nothing while unplugged", () => {
    const { port, line } = newLine(9600);
    port.plugged = false;
    line.send(new Uint8Array(10));
    expect(line.pendingBytes).toBe(0);
  });
});
