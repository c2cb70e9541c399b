import {
  closeSync,
  constants,
  existsSync,
  mkdtempSync,
  openSync,
  readlinkSync,
  readSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SerialPort } from "serialport";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";
import { openVirtualPort } from "../../../simulators/serial/open-port.ts";
import type { VirtualPort } from "../../../simulators/serial/port.ts";
import { SocatPort } from "../../../simulators/serial/socat-port.ts";

const deps = { clock: SYSTEM_CLOCK, log: SILENT_LOG };

let folder: string;
let reader: SerialPort | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dianmao-port-"));
});
afterEach(async () => {
  const open = reader?.isOpen ? reader : undefined;
  if (open) await new Promise<void>((resolve) => open.close(() => resolve()));
  reader = undefined;
  rmSync(folder, { recursive: true, force: true });
});

async function openReader(path: string, baudRate: number): Promise<SerialPort> {
  const port = new SerialPort({ path, baudRate, autoOpen: false });
  port.on("error", () => {});
  await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
  reader = port;
  return port;
}

/** A descriptor of a terminal that is gone reads as ended, or as an input/output error. */
function readUntilHangUp(descriptor: number): string {
  try {
    return readSync(descriptor, Buffer.alloc(16)) === 0 ? "hung up" : "data";
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EIO" ? "hung up" : String(error);
  }
}

function collect(port: SerialPort): () => string {
  const chunks: Buffer[] = [];
  port.on("data", (bytes: Buffer) => chunks.push(bytes));
  return () => Buffer.concat(chunks).toString("hex");
}

it("replaces an old link and nothing else", async () => {
  const file = join(folder, "file");
  writeFileSync(file, "precious");
  await expect(openVirtualPort(file, deps)).rejects.toMatchObject({ code: "port-path" });
  const link = join(folder, "link");
  symlinkSync("/nowhere", link);
  const port = await openVirtualPort(link, deps);
  await port.plug();
  expect(readlinkSync(link)).not.toBe("/nowhere");
  await port.unplug();
  await expect((await openVirtualPort(join(folder, "none", "tty"), deps)).plug()).rejects.toMatchObject({
    code: "port-path",
  });
});

const implementations: [string, (path: string) => Promise<VirtualPort>][] = [
  ["the C library", (path) => openVirtualPort(path, deps)],
  ["socat", async (path) => new SocatPort(path, deps)],
];

describe.each(implementations)("a pseudo terminal through %s", (name, open) => {
  it("carries every byte value in both directions unchanged", async () => {
    const port = await open(join(folder, "tty"));
    await port.plug();
    try {
      const heard: Uint8Array[] = [];
      port.onBytes = (bytes) => heard.push(bytes);
      const serial = await openReader(port.path, 9600);
      const received = collect(serial);
      const all = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
      serial.write(all);
      await vi.waitFor(() => expect(Buffer.concat(heard).toString("hex")).toBe(all.toString("hex")));
      port.write(all);
      await vi.waitFor(() => expect(received()).toBe(all.toString("hex")));
    } finally {
      await port.unplug();
    }
  });

  it("hangs up on the reader and takes the path away when unplugged, and comes back at the same path", async () => {
    const port = await open(join(folder, "tty"));
    await port.plug();
    // Read as a file: whether serialport notices a hang-up is serialport's affair and is tested with the collector's line.
    const reading = openSync(port.path, constants.O_RDWR | constants.O_NOCTTY);
    await port.unplug();
    expect(readUntilHangUp(reading)).toBe("hung up");
    closeSync(reading);
    expect(existsSync(port.path)).toBe(false);
    await port.plug();
    try {
      const again = await openReader(port.path, 9600);
      const receivedAgain = collect(again);
      port.write(Buffer.from("b"));
      await vi.waitFor(() => expect(receivedAgain()).toBe("62"));
    } finally {
      await port.unplug();
    }
  });

  if (name === "socat") return;

  it("tells the rate that the reader set", async () => {
    const port = await open(join(folder, "tty"));
    await port.plug();
    try {
      expect(readlinkSync(port.path)).toMatch(/^\/dev\/pts\/\d+$/);
      for (const baud of [1200, 9600, 57600, 115200]) {
        const serial = await openReader(port.path, baud);
        expect(port.readerBaud()).toBe(baud);
        await new Promise<void>((resolve) => serial.close(() => resolve()));
      }
    } finally {
      await port.unplug();
    }
  });

  it("loses what nobody reads and counts it, instead of waiting", async () => {
    const port = await open(join(folder, "tty"));
    await port.plug();
    try {
      for (let kilobyte = 0; kilobyte < 1_000; kilobyte++) port.write(Buffer.alloc(1_000, 0x55));
      expect(port.overrunBytes).toBeGreaterThan(800_000);
    } finally {
      await port.unplug();
    }
  });
});
