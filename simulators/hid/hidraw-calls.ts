/** The ioctls of a hidraw node (linux/hidraw.h), answered for a simulated device. */
import { ERRNO, type PreloadClient, type Question } from "./preload-protocol.ts";
import { type HidIdentity, physicalPath } from "./sysfs.ts";

const HIDRAW_TYPE = 0x48;
const CALL = {
  DESCRIPTOR_SIZE: 1,
  DESCRIPTOR: 2,
  INFO: 3,
  NAME: 4,
  PHYSICAL: 5,
  SET_FEATURE: 6,
  GET_FEATURE: 7,
  UNIQUE: 8,
} as const;
const BUS_USB = 3;

/** What a device does with feature reports, the report id first. */
export interface FeatureReports {
  /** False: refused. */
  set(report: Uint8Array): boolean;
  /** Undefined: there is no such report. */
  get(id: number): Uint8Array | undefined;
}

type Ioctl = Extract<Question, { ask: "ioctl" }>;
type Call = { client: PreloadClient; pointer: bigint; lengthBytes: number };

/** Answers one ioctl. @param port the hub's port, for the physical path */
export async function answerIoctl(
  client: PreloadClient,
  { request, pointer }: Ioctl,
  device: { identity: HidIdentity; features: FeatureReports; port: number },
): Promise<void> {
  const { identity, features, port } = device;
  if (((request >>> 8) & 0xff) !== HIDRAW_TYPE) return client.done(-1, ERRNO.ENOTTY);
  const call = { client, pointer, lengthBytes: (request >>> 16) & 0x3fff };
  switch (request & 0xff) {
    case CALL.DESCRIPTOR_SIZE:
      return give(call, int32(identity.reportDescriptor.length), 0);
    case CALL.DESCRIPTOR:
      return giveDescriptor(call, identity.reportDescriptor);
    case CALL.INFO:
      return give(call, infoOf(identity), 0);
    case CALL.NAME:
      return giveText(call, `${identity.manufacturer} ${identity.product}`);
    case CALL.PHYSICAL:
      return giveText(call, physicalPath(port));
    case CALL.UNIQUE:
      return giveText(call, identity.serial);
    case CALL.SET_FEATURE:
      return setFeature(call, features);
    case CALL.GET_FEATURE:
      return getFeature(call, features);
    default:
      return client.done(-1, ERRNO.EINVAL);
  }
}

function give({ client, pointer }: Call, bytes: Uint8Array, value: number): void {
  client.writeMemory(pointer, bytes);
  client.done(value);
}

function giveText(call: Call, text: string): void {
  const bytes = Buffer.from(`${text}\0`).subarray(0, call.lengthBytes);
  give(call, bytes, bytes.length);
}

/** `struct hidraw_report_descriptor`: the size that the client wants, then the bytes. */
async function giveDescriptor({ client, pointer }: Call, descriptor: Uint8Array): Promise<void> {
  const wanted = (await client.readMemory(pointer, 4)).readUInt32LE(0);
  client.writeMemory(pointer + 4n, descriptor.subarray(0, wanted));
  client.done(0);
}

async function setFeature({ client, pointer, lengthBytes }: Call, features: FeatureReports): Promise<void> {
  const report = Uint8Array.from(await client.readMemory(pointer, lengthBytes));
  if (features.set(report)) client.done(lengthBytes);
  else client.done(-1, ERRNO.EPIPE);
}

async function getFeature(call: Call, features: FeatureReports): Promise<void> {
  const [id] = await call.client.readMemory(call.pointer, call.lengthBytes);
  const report = features.get(id ?? 0)?.subarray(0, call.lengthBytes);
  if (report) give(call, report, report.length);
  else call.client.done(-1, ERRNO.EPIPE);
}

function infoOf({ vendorId, productId }: HidIdentity): Uint8Array {
  const info = Buffer.alloc(8);
  info.writeUInt32LE(BUS_USB, 0);
  info.writeUInt16LE(vendorId, 4);
  info.writeUInt16LE(productId, 6);
  return info;
}

function int32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}
