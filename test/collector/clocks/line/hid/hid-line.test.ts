import { describe, expect, it } from "vitest";
import { hidLine, LOOK_MS } from "../../../../../collector/clocks/line/hid/hid-line.ts";
import type { HidDevice, HidHandle, HidHost } from "../../../../../collector/clocks/line/hid/host.ts";
import { AppError } from "../../../../../protocol/errors.ts";
import { SILENT_LOG } from "../../../../../protocol/log.ts";
import { VirtualClock } from "../../../../support/virtual-clock.ts";

const CP2110 = { vendorId: 0x10c4, productId: 0xea80 };

/** Devices in memory, and what was sent to them. */
class MemoryHost implements HidHost {
  devices: HidDevice[] = [{ path: "/dev/hidraw0", serial: "A1" }];
  readonly sent: string[] = [];
  readonly opened: string[] = [];
  fail: { opening?: boolean; writing?: boolean } = {};
  report: (report: Uint8Array) => void = () => {};
  error: (reason: string) => void = () => {};

  async list(): Promise<HidDevice[]> {
    return this.devices;
  }

  async open(path: string): Promise<HidHandle> {
    if (this.fail.opening) throw new Error("cannot open device");
    this.opened.push(path);
    return {
      onReport: (handler) => {
        this.report = handler;
      },
      onError: (handler) => {
        this.error = handler;
      },
      write: async (report) => {
        if (this.fail.writing) throw new Error("could not write");
        this.sent.push(`out ${Buffer.from(report).toString("hex")}`);
      },
      sendFeature: async (report) => void this.sent.push(`feature ${Buffer.from(report).toString("hex")}`),
      close: async () => void this.sent.push("close"),
    };
  }
}

function makeLine(baud = 9_600, serial: string | undefined = "A1", bridge = CP2110) {
  const clock = new VirtualClock();
  const host = new MemoryHost();
  const line = hidLine({ ...bridge, serial, baud }, { clock, log: SILENT_LOG, host });
  const heard: string[] = [];
  const lost: string[] = [];
  line.onData((bytes) => heard.push(Buffer.from(bytes).toString("hex")));
  line.onLost((reason) => lost.push(reason));
  return { clock, host, line, heard, lost };
}

const CONFIGURED = ["feature 500000258000000300", "feature 4101", "feature 5200", "feature 4301", "feature 4302"];

describe("a clock behind a CP2110", () => {
  it("is found by its serial number, whatever its path, and configured at each opening", async () => {
    const { host, line } = makeLine();
    host.devices = [
      { path: "/dev/hidraw0", serial: "B2" },
      { path: "/dev/hidraw7", serial: "A1" },
    ];
    await line.open();
    await line.close();
    await line.open();
    expect(host.opened).toEqual(["/dev/hidraw7", "/dev/hidraw7"]);
    expect(host.sent).toEqual([...CONFIGURED, "close", ...CONFIGURED]);
  });

  it("is written to as the vendor's note shows, and heard with or without padding", async () => {
    const { host, line, heard } = makeLine();
    await line.open();
    await line.write(Buffer.from("A5000000013C000049A9", "hex"), 100);
    host.report(Buffer.from("03a50000", "hex"));
    host.report(Buffer.from(`0200ff${"00".repeat(61)}`, "hex"));
    expect(host.sent.at(-1)).toBe("out 0aa5000000013c000049a9");
    expect(heard).toEqual(["a50000", "00ff"]);
    expect(line.counters).toEqual({ bytesIn: 5, bytesOut: 10 });
  });

  it("is lost once when a read fails, and takes no bytes afterwards", async () => {
    const { host, line, lost } = makeLine();
    await line.open();
    host.error("could not read from HID device");
    host.error("could not read from HID device");
    expect(lost).toEqual(["could not read from HID device"]);
    await expect(line.write(Uint8Array.of(1), 100)).rejects.toMatchObject({ code: "line-closed" });
  });

  it("is missed at the next look when it vanished without a read error", async () => {
    const { clock, host, line, lost } = makeLine();
    await line.open();
    await clock.advance(LOOK_MS);
    expect(lost).toEqual([]);
    host.devices = [];
    await clock.advance(LOOK_MS);
    expect(lost).toEqual(["no longer plugged in"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("is not confused with another path: plugged in anew it has no configuration", async () => {
    const { clock, host, line, lost } = makeLine();
    await line.open();
    host.devices = [{ path: "/dev/hidraw1", serial: "A1" }];
    await clock.advance(LOOK_MS);
    expect(lost).toEqual(["no longer plugged in"]);
  });
});

describe("what cannot be opened says why", () => {
  it.each([
    ["line-absent", { devices: [] }],
    ["line-open-failed", { fail: { opening: true } }],
    ["hid-unavailable", { list: () => Promise.reject(new AppError("hid-unavailable", "no libusb")) }],
  ])("%s", async (code, spoilt) => {
    const { host, line } = makeLine();
    Object.assign(host, spoilt);
    await expect(line.open()).rejects.toMatchObject({ code });
  });

  it("hid-ambiguous: two of a kind and no serial number", async () => {
    const clock = new VirtualClock();
    const host = new MemoryHost();
    host.devices = ["A1", "B2"].map((serial, index) => ({ path: `/dev/hidraw${index}`, serial }));
    const line = hidLine({ ...CP2110, serial: undefined, baud: 9_600 }, { clock, log: SILENT_LOG, host });
    await expect(line.open()).rejects.toMatchObject({ code: "hid-ambiguous" });
  });

  it("line-write-failed", async () => {
    const { host, line } = makeLine();
    await line.open();
    host.fail.writing = true;
    await expect(line.write(Uint8Array.of(1), 100)).rejects.toMatchObject({ code: "line-write-failed" });
  });

  it("a bridge that nobody knows, and a rate that the CH9325's sixteen bits do not hold", () => {
    expect(() => makeLine(9_600, "A1", { vendorId: 1, productId: 2 })).toThrow(/no bridge/);
    expect(() => makeLine(115_200, "A1", { vendorId: 0x1a86, productId: 0xe008 })).toThrow(/115200/);
  });
});

it("a CH9325 has no report ids: a zero goes before each out report", async () => {
  const { host, line, heard } = makeLine(9_600, "A1", { vendorId: 0x1a86, productId: 0xe008 });
  await line.open();
  await line.write(Buffer.from("a500000001", "hex"), 100);
  host.report(Buffer.from("f2a50000000000ff", "hex"));
  expect(host.sent).toEqual(["feature 008025000003", "out 0005a5000000010000"]);
  expect(heard).toEqual(["a500"]);
});
