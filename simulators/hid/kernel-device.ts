/** The ways in which a simulated HID device reaches this computer's own kernel. */
import type { BridgeDevice } from "./bridge-port.ts";
import { GadgetDevice } from "./gadget-device.ts";
import { UhidDevice } from "./uhid-device.ts";
import type { HidFunction } from "./virtual-hid.ts";

/** Below the kernel's HID core without USB, or at a USB plug with usbhid above it. */
export const KERNEL_DEVICES = ["uhid", "usb"] as const;
export type KernelDevice = (typeof KERNEL_DEVICES)[number];

export function makeKernelDevice(way: KernelDevice, hidFunction: HidFunction): BridgeDevice {
  return way === "usb" ? new GadgetDevice(hidFunction) : new UhidDevice(hidFunction);
}
