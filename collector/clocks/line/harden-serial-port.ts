/**
 * Two faults of @serialport/bindings-cpp 13.0.0 on Linux and macOS, worked around from outside.
 *
 * 1. A hang-up that comes while no poll is pending makes `read()` give 0 bytes, and the binding then reads again for ever:
 *    no `close` event, a whole core busy, memory growing by megabytes a second. Here 0 bytes mean that the device is gone.
 * 2. From Node 26.4 on, promises continued by the binding's poller wait for the next event of the event loop, so that data
 *    lies for seconds. A `setImmediate` in the poller's own event gives them that event.
 *
 * test/scenarios has a run without the work-around that says when a newer version makes it needless.
 */
import type { EventEmitter } from "node:events";
import { read } from "node:fs";
import { promisify } from "node:util";

/** What of the binding is used here; absent on Windows, whose binding has neither fault's cause. */
interface UnixBinding {
  readonly isOpen: boolean;
  readonly fd: number | null;
  readonly poller: EventEmitter;
  read(buffer: Buffer, offset: number, length: number): Promise<{ bytesRead: number; buffer: Buffer }>;
}

type ReadBytes = (
  fd: number,
  buffer: Buffer,
  offset: number,
  length: number,
  position: null,
) => Promise<{ bytesRead: number }>;

const readBytes: ReadBytes = promisify(read);

/** To be called right after `open`, once for each binding. Does nothing to a binding that is not of this kind. */
export function hardenSerialPort(binding: unknown): void {
  if (!isUnixBinding(binding)) return;
  binding.read = (buffer, offset, length) => readOrHangUp(binding, buffer, offset, length);
  for (const event of ["readable", "writable"]) binding.poller.on(event, () => setImmediate(() => {}));
}

function isUnixBinding(binding: unknown): binding is UnixBinding {
  return typeof binding === "object" && binding !== null && "poller" in binding && "fd" in binding && "read" in binding;
}

async function readOrHangUp(binding: UnixBinding, buffer: Buffer, offset: number, length: number) {
  for (;;) {
    const { fd } = binding;
    if (fd === null) throw notOpen();
    try {
      const { bytesRead } = await readBytes(fd, buffer, offset, length, null);
      if (bytesRead === 0) throw new Error("the device hung up");
      return { bytesRead, buffer };
    } catch (error) {
      if (!mustWait(error)) throw error;
      // A poller that was destroyed with its port meanwhile takes the process down when it is asked to poll.
      if (!binding.isOpen) throw notOpen();
      await readable(binding);
    }
  }
}

function notOpen(): Error {
  return Object.assign(new Error("the port is not open"), { canceled: true });
}

/** The descriptor is non-blocking: these mean that there is nothing to read yet. */
function mustWait(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "EAGAIN" || code === "EWOULDBLOCK" || code === "EINTR";
}

function readable(binding: UnixBinding): Promise<void> {
  return new Promise((resolve, reject) => {
    // The poller's own `once` also starts the poll.
    binding.poller.once("readable", (error: Error | null) => (error ? reject(error) : resolve()));
  });
}
