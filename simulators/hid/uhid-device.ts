/** A HID device that this computer's own kernel shows to everybody, through /dev/uhid (linux/uhid.h; needs root and the module uhid). */
import { closeSync, openSync, read, writeSync } from "node:fs";
import type { BridgeDevice } from "./bridge-port.ts";
import type { HidFunction } from "./virtual-hid.ts";

const PATH = "/dev/uhid";
/** `struct uhid_event`, packed: a type and the largest of the payloads. */
const EVENT_BYTES = 4_380;
const TYPE = {
  DESTROY: 1,
  OPEN: 4,
  CLOSE: 5,
  OUTPUT: 6,
  GET_REPORT: 9,
  GET_REPORT_REPLY: 10,
  CREATE2: 11,
  INPUT2: 12,
  SET_REPORT: 13,
  SET_REPORT_REPLY: 14,
} as const;
const OUTPUT_DATA_BYTES = 4_096;
const BUS_USB = 3;
const EIO = 5;

export class UhidDevice implements BridgeDevice {
  readonly #function: HidFunction;
  #descriptor: number | undefined;
  #opens = 0;

  constructor(hidFunction: HidFunction) {
    this.#function = hidFunction;
  }

  get plugged(): boolean {
    return this.#descriptor !== undefined;
  }

  get isOpened(): boolean {
    return this.#opens > 0;
  }

  async plug(): Promise<void> {
    if (this.#descriptor !== undefined) return;
    const descriptor = openSync(PATH, "r+");
    this.#descriptor = descriptor;
    this.#opens = 0;
    writeSync(descriptor, creationOf(this.#function));
    this.#listen(descriptor);
  }

  async unplug(): Promise<void> {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) return;
    this.#descriptor = undefined;
    // The kernel answers with events, which end the read under way; the descriptor is closed after it.
    writeSync(descriptor, eventOf(TYPE.DESTROY));
  }

  input(report: Uint8Array): void {
    if (this.#descriptor === undefined) return;
    const event = eventOf(TYPE.INPUT2);
    event.writeUInt16LE(report.length, 4);
    event.set(report, 6);
    writeSync(this.#descriptor, event);
  }

  #listen(descriptor: number): void {
    const event = Buffer.alloc(EVENT_BYTES);
    read(descriptor, event, 0, EVENT_BYTES, null, (error) => {
      if (error || this.#descriptor !== descriptor) return closeSync(descriptor);
      this.#take(descriptor, event);
      this.#listen(descriptor);
    });
  }

  #take(descriptor: number, event: Buffer): void {
    const type = event.readUInt32LE(0);
    if (type === TYPE.OPEN) this.#opens += 1;
    else if (type === TYPE.CLOSE) this.#opens -= 1;
    else if (type === TYPE.OUTPUT) this.#function.onOutput(outputOf(event));
    else if (type === TYPE.SET_REPORT) this.#setReport(descriptor, event);
    else if (type === TYPE.GET_REPORT) this.#getReport(descriptor, event);
  }

  #setReport(descriptor: number, event: Buffer): void {
    const report = Uint8Array.from(event.subarray(12, 12 + event.readUInt16LE(10)));
    const reply = eventOf(TYPE.SET_REPORT_REPLY);
    reply.writeUInt32LE(event.readUInt32LE(4), 4);
    reply.writeUInt16LE(this.#function.features.set(report) ? 0 : EIO, 8);
    writeSync(descriptor, reply);
  }

  #getReport(descriptor: number, event: Buffer): void {
    const report = this.#function.features.get(event.readUInt8(8));
    const reply = eventOf(TYPE.GET_REPORT_REPLY);
    reply.writeUInt32LE(event.readUInt32LE(4), 4);
    reply.writeUInt16LE(report ? 0 : EIO, 8);
    reply.writeUInt16LE(report?.length ?? 0, 10);
    if (report) reply.set(report, 12);
    writeSync(descriptor, reply);
  }
}

function eventOf(type: number): Buffer {
  const event = Buffer.alloc(EVENT_BYTES);
  event.writeUInt32LE(type, 0);
  return event;
}

function outputOf(event: Buffer): Uint8Array {
  return Uint8Array.from(event.subarray(4, 4 + event.readUInt16LE(4 + OUTPUT_DATA_BYTES)));
}

/** `name[128] phys[64] uniq[64] rd_size u16 bus u16 vendor u32 product u32 version u32 country u32 rd_data` */
function creationOf({ identity }: HidFunction): Buffer {
  const event = eventOf(TYPE.CREATE2);
  event.write(`${identity.manufacturer} ${identity.product}`, 4, 127, "latin1");
  event.write("simulated/input0", 132, 63, "latin1");
  event.write(identity.serial, 196, 63, "latin1");
  event.writeUInt16LE(identity.reportDescriptor.length, 260);
  event.writeUInt16LE(BUS_USB, 262);
  event.writeUInt32LE(identity.vendorId, 264);
  event.writeUInt32LE(identity.productId, 268);
  event.set(identity.reportDescriptor, 280);
  return event;
}
