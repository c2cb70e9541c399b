/** The bytes of Linux FunctionFS (linux/usb/functionfs.h): a USB HID function as user space describes it, and what happens to it. */

/** Of a full-speed interrupt endpoint: as much as one report may hold. */
export const PACKET_BYTES_MAX = 64;

const MAGIC = { strings: 2, descriptors: 3 } as const;
const HAS_FULL_SPEED = 1;
const HEADER_BYTES = 16;
/** Interface, HID class, one endpoint in each direction. */
const DESCRIPTOR_COUNT = 4;
const POLL_MS = 1;

const EVENT_BYTES = 12;
/** The kernel keeps no more of them. */
const EVENTS_MAX = 4;
/** Room for a read that takes all there are. */
export const EVENTS_BYTES_MAX = EVENTS_MAX * EVENT_BYTES;

const EVENT_NAMES = ["bind", "unbind", "enable", "disable", "setup", "suspend", "resume"] as const;

export interface FunctionEvent {
  name: (typeof EVENT_NAMES)[number] | "unknown";
  /** The eight bytes of a control request (USB 2.0, section 9.3); of meaning with `setup` alone. */
  setup: Uint8Array;
}

/** What is written to ep0 first. @param reportDescriptorBytes length of the report descriptor, 1..65535 */
export function encodeDescriptors(reportDescriptorBytes: number): Uint8Array {
  const descriptors = [
    // Interface 0 with two endpoints: HID, of no subclass and no protocol (USB 2.0, section 9.6.5).
    ...[9, 0x04, 0, 0, 2, 0x03, 0, 0, 0],
    // HID 1.11, section 6.2.1.
    ...[9, 0x21, 0x11, 0x01, 0, 1, 0x22, reportDescriptorBytes & 0xff, reportDescriptorBytes >> 8],
    ...[7, 0x05, 0x81, 0x03, PACKET_BYTES_MAX, 0, POLL_MS],
    ...[7, 0x05, 0x02, 0x03, PACKET_BYTES_MAX, 0, POLL_MS],
  ];
  const lengthBytes = HEADER_BYTES + descriptors.length;
  return Buffer.concat([
    words(MAGIC.descriptors, lengthBytes, HAS_FULL_SPEED, DESCRIPTOR_COUNT),
    Buffer.from(descriptors),
  ]);
}

/** What is written to ep0 second: no strings, for those of the device are the gadget's. */
export function encodeNoStrings(): Uint8Array {
  return words(MAGIC.strings, HEADER_BYTES, 0, 0);
}

/** @param bytes as one read of ep0 gave them, a multiple of 12 */
export function decodeEvents(bytes: Uint8Array): FunctionEvent[] {
  return Array.from({ length: Math.floor(bytes.length / EVENT_BYTES) }, (_, index) => {
    const event = bytes.slice(index * EVENT_BYTES, (index + 1) * EVENT_BYTES);
    return { name: EVENT_NAMES[event[8] ?? -1] ?? "unknown", setup: event.subarray(0, 8) };
  });
}

function words(...values: number[]): Buffer {
  const buffer = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) buffer.writeUInt32LE(value, 4 * index);
  return buffer;
}
