/** USB HID of this computer through node-hid, which is loaded only when somebody has a clock behind a bridge. */
import { AppError } from "../../../../protocol/errors.ts";

export interface HidDevice {
  /** Opens it now; another after the next plug-in. */
  path: string;
  serial: string;
}

/** An open device. Reports are copies; after `onError` nothing works but `close`. */
export interface HidHandle {
  onReport(handler: (report: Uint8Array) => void): void;
  onError(handler: (reason: string) => void): void;
  write(report: Uint8Array): Promise<void>;
  sendFeature(report: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export interface HidHost {
  /** What is plugged in. Rejects with AppError `hid-unavailable`. */
  list(vendorId: number, productId: number): Promise<HidDevice[]>;
  open(path: string): Promise<HidHandle>;
}

export const NODE_HID: HidHost = {
  async list(vendorId, productId) {
    const { devicesAsync } = await loadNodeHid();
    const found = await devicesAsync(vendorId, productId);
    return found.flatMap(({ path, serialNumber }) => (path ? [{ path, serial: serialNumber ?? "" }] : []));
  },
  async open(path) {
    const { HIDAsync } = await loadNodeHid();
    const device = await HIDAsync.open(path);
    return {
      onReport: (handler) => void device.on("data", handler),
      // It carries a string, whatever its types say.
      onError: (handler) => void device.on("error", (error: unknown) => handler(String(error))),
      write: async (report) => void (await device.write(Buffer.from(report))),
      sendFeature: async (report) => void (await device.sendFeatureReport(Buffer.from(report))),
      close: () => device.close(),
    };
  },
};

const UNAVAILABLE =
  "USB HID cannot be used on this computer; on Debian install libusb-1.0-0 and libudev1, then run `dianmao clock doctor`" +
  " / 本机无法使用 USB HID；请安装 libusb-1.0-0 和 libudev1，再运行 dianmao clock doctor";

async function loadNodeHid(): Promise<typeof import("node-hid")> {
  try {
    const { default: hid } = await import("node-hid");
    // The native part is loaded at the first call only.
    hid.getHidapiVersion();
    return hid;
  } catch (cause) {
    throw new AppError("hid-unavailable", UNAVAILABLE, { cause });
  }
}
