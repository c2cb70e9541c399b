/** What the work-around does with a port that is closed at the worst moment. */
import { EventEmitter } from "node:events";
import { closeSync } from "node:fs";
import { expect, it } from "vitest";
import { hardenSerialPort } from "../../../../collector/clocks/line/harden-serial-port.ts";
import { loadLibc } from "../../../../simulators/serial/libc.ts";
import { testWhere } from "../../../support/on-node.ts";

/** As the binding is: closing it destroys its poller, and whoever polls then gets a segmentation fault. */
class Poller extends EventEmitter {
  pollsAfterDestruction = 0;
  isDestroyed = false;

  override once(event: string, listener: (error: Error | null) => void): this {
    if (this.isDestroyed) this.pollsAfterDestruction += 1;
    return super.once(event, listener);
  }
}

class Binding {
  fd: number | null;
  readonly poller = new Poller();

  constructor(fd: number) {
    this.fd = fd;
  }

  get isOpen(): boolean {
    return this.fd !== null;
  }

  read(_buffer: Buffer, _offset: number, _length: number): Promise<unknown> {
    throw new Error("not replaced");
  }

  close(): void {
    this.poller.isDestroyed = true;
    this.fd = null;
  }
}

testWhere(process.platform === "linux")("a port closed while a read finds nothing is not polled again", async () => {
  const libc = await loadLibc();
  const master = libc.openMaster();
  libc.slaveName(master);
  const binding = new Binding(master);
  hardenSerialPort(binding);
  const reading = binding.read(Buffer.alloc(16), 0, 16);
  binding.close();
  await expect(reading).rejects.toMatchObject({ canceled: true });
  expect(binding.poller.pollsAfterDestruction).toBe(0);
  closeSync(master);
});

it("leaves a binding of another kind alone", () => {
  const other = { read: () => Promise.resolve() };
  const { read } = other;
  hardenSerialPort(other);
  expect(other.read).toBe(read);
});
