/**
 * A HID device at a USB plug: the kernel's own host stack and usbhid find it on the loop of dummy_hcd, and every control request but
 * the standard ones is answered here. Needs what `usb-gadget.ts` needs.
 */
import type { FileHandle } from "node:fs/promises";
import type { BridgeDevice } from "./bridge-port.ts";
import { decodeEvents, EVENTS_BYTES_MAX, type FunctionEvent, PACKET_BYTES_MAX } from "./function-fs.ts";
import { answerRequest, type RequestAnswer, withReportId } from "./hid-requests.ts";
import { makeUsbGadget, type UsbGadget } from "./usb-gadget.ts";
import type { HidFunction } from "./virtual-hid.ts";

/** A bridge has room for so much while its host does not ask (CP2110: its receive buffer). */
export const WAITING_BYTES_MAX = 480;

const ERRNO = { ESHUTDOWN: 108, ECONNRESET: 104, ENODEV: 19, EIDRM: 43, EL2HLT: 51 } as const;
/** The host has reset, unconfigured or lost the device. */
const GONE: readonly number[] = [ERRNO.ESHUTDOWN, ERRNO.ECONNRESET, ERRNO.ENODEV];
/** A control request was stalled, or another one has taken its place. */
const REQUEST_OVER: readonly number[] = [ERRNO.EL2HLT, ERRNO.EIDRM, ...GONE];

export class GadgetDevice implements BridgeDevice {
  /** In reports for which there was no room. */
  lostReports = 0;
  readonly #function: HidFunction;
  #gadget: UsbGadget | undefined;
  #plugged = false;
  /** A host has configured it; USB does not say whether any program listens. */
  #enabled = false;
  #waiting: Uint8Array[] = [];
  /** Each of them is under way while it is plugged in. */
  #events = Promise.resolve();
  #outputs = Promise.resolve();
  #isSending = false;

  constructor(hidFunction: HidFunction) {
    this.#function = hidFunction;
  }

  get plugged(): boolean {
    return this.#plugged;
  }

  get isOpened(): boolean {
    return this.#enabled;
  }

  async plug(): Promise<void> {
    if (this.#plugged) return;
    this.#plugged = true;
    this.#gadget ??= await makeUsbGadget(this.#function.identity);
    this.#events = this.#serve(this.#gadget);
    await this.#gadget.plug();
  }

  async unplug(): Promise<void> {
    if (!this.#plugged) return;
    this.#plugged = false;
    await this.#gadget?.unplug();
    await this.#events;
  }

  input(report: Uint8Array): void {
    if (!this.#gadget || !this.#enabled) return;
    if ((this.#waiting.length + 1) * report.length > WAITING_BYTES_MAX) {
      this.lostReports += 1;
      return;
    }
    this.#waiting.push(report);
    if (!this.#isSending) void this.#sendWaiting(this.#gadget.in);
  }

  /** Until the gadget is unbound from its controller. */
  async #serve(gadget: UsbGadget): Promise<void> {
    const bytes = Buffer.alloc(EVENTS_BYTES_MAX);
    for (;;) {
      const count = await unless(REQUEST_OVER, gadget.control.read(bytes, 0, bytes.length, null));
      for (const event of decodeEvents(bytes.subarray(0, count?.bytesRead ?? 0))) {
        await this.#take(event, gadget);
        if (event.name === "unbind") return;
      }
    }
  }

  async #take(event: FunctionEvent, gadget: UsbGadget): Promise<void> {
    if (event.name === "setup") return reply(gadget.control, event.setup, answerRequest(event.setup, this.#function));
    if (event.name === "enable") {
      this.#enabled = true;
      // The reading of before a reset of the bus ends by itself.
      this.#outputs = this.#outputs.then(() => this.#takeOutputs(gadget.out));
    } else if (event.name === "disable" || event.name === "unbind") {
      this.#enabled = false;
      this.#waiting = [];
    }
  }

  async #takeOutputs(out: FileHandle): Promise<void> {
    const packet = Buffer.alloc(PACKET_BYTES_MAX);
    while (this.#enabled) {
      const count = await unless(GONE, out.read(packet, 0, packet.length, null));
      if (!count) return;
      this.#function.onOutput(withReportId(packet.subarray(0, count.bytesRead), this.#function));
    }
  }

  /** One after another, each when the host asks for it. */
  async #sendWaiting(toHost: FileHandle): Promise<void> {
    this.#isSending = true;
    for (let report = this.#waiting.shift(); report; report = this.#waiting.shift()) {
      await unless(GONE, toHost.write(report, 0, report.length, null));
    }
    this.#isSending = false;
  }
}

async function reply(control: FileHandle, setup: Uint8Array, answer: RequestAnswer): Promise<void> {
  if (answer.do === "give") {
    await unless(REQUEST_OVER, control.write(answer.bytes, 0, answer.bytes.length, null));
    return;
  }
  // A request without data is acknowledged by a read as well, but Node makes no call for an empty buffer.
  const data = Buffer.alloc(answer.do === "take" ? Math.max(1, answer.lengthBytes) : 1);
  if (answer.do === "stall") return stall(control, setup, data);
  const count = await unless(REQUEST_OVER, control.read(data, 0, data.length, null));
  if (count) answer.use(Uint8Array.from(data.subarray(0, count.bytesRead)));
}

/** A call in the wrong direction refuses the request. */
async function stall(control: FileHandle, [type = 0]: Uint8Array, data: Buffer): Promise<void> {
  const isToHost = type >= 0x80;
  await unless<unknown>(REQUEST_OVER, isToHost ? control.read(data, 0, 1, null) : control.write(data, 0, 1, null));
}

/** Undefined when the call failed with one of these error numbers. */
async function unless<T>(expected: readonly number[], call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (expected.includes(Math.abs((error as NodeJS.ErrnoException).errno ?? 0))) return undefined;
    throw error;
  }
}
