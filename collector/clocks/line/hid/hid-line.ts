/** A UART behind a USB HID bridge as a Line: found by serial number, configured at each opening, its loss noticed twice over. */
import { access, constants } from "node:fs/promises";
import { AppError } from "../../../../protocol/errors.ts";
import type { Log } from "../../../../protocol/log.ts";
import type { Clock } from "../../../../protocol/time.ts";
import type { Line, LineCounters } from "../line.ts";
import { Subscribers } from "../subscribers.ts";
import { formatHidAddress, type HidAddress } from "./address.ts";
import { bridgeOf, type HidBridge } from "./bridges.ts";
import type { HidDevice, HidHandle, HidHost } from "./host.ts";

/** There is no hot-plug event: a device that vanished without a read error is missed after this long. */
export const LOOK_MS = 5_000;
/** A device that was pulled out in mid-close answers never. */
const CLOSE_MS_MAX = 2_000;

export interface HidSettings extends HidAddress {
  /** Of the UART behind the bridge, 8N1. */
  baud: number;
}

export interface HidLineDeps {
  clock: Clock;
  log: Log;
  host: HidHost;
}

/** Throws AppError `hid-bridge-unknown`, `hid-baud-unknown`. `open` rejects besides with `hid-unavailable`, `hid-ambiguous`. */
export function hidLine(settings: HidSettings, deps: HidLineDeps): Line {
  const bridge = bridgeOf(settings);
  const name = formatHidAddress(settings);
  if (!bridge) throw new AppError("hid-bridge-unknown", `${name} is no bridge that this program knows`);
  if (settings.baud > bridge.baudMax)
    throw new AppError("hid-baud-unknown", `${bridge.name} has no ${settings.baud} baud`);
  return new HidLine(name, settings, bridge, deps);
}

class HidLine implements Line {
  readonly name: string;
  readonly counters: LineCounters = { bytesIn: 0, bytesOut: 0 };
  readonly #settings: HidSettings;
  readonly #bridge: HidBridge;
  readonly #deps: HidLineDeps;
  readonly #data = new Subscribers<[Uint8Array]>();
  readonly #lost = new Subscribers<[string]>();
  #handle: HidHandle | undefined;
  #cancelLook = () => {};

  constructor(name: string, settings: HidSettings, bridge: HidBridge, deps: HidLineDeps) {
    this.name = name;
    this.#settings = settings;
    this.#bridge = bridge;
    this.#deps = deps;
  }

  async open(): Promise<void> {
    if (this.#handle) return;
    const { path } = await this.#find();
    const handle = await this.#openPath(path);
    try {
      for (const report of this.#bridge.configure(this.#settings.baud)) await handle.sendFeature(report);
    } catch (cause) {
      await this.#closeHandle(handle);
      throw new AppError("line-open-failed", `${this.name} does not take its configuration`, { cause });
    }
    this.#handle = handle;
    handle.onError((reason) => this.#drop(handle, reason));
    handle.onReport((report) => this.#take(handle, report));
    this.#lookLater(handle, path);
  }

  async write(bytes: Uint8Array, timeoutMs: number): Promise<void> {
    const handle = this.#handle;
    if (!handle) throw new AppError("line-closed", `${this.name} is not open`);
    const message = `${this.name} took no bytes for ${timeoutMs} ms`;
    await this.#within(timeoutMs, this.#writeAll(handle, bytes), () => new AppError("line-write-timeout", message));
    this.counters.bytesOut += bytes.length;
  }

  onData(handler: (bytes: Uint8Array) => void): () => void {
    return this.#data.add(handler);
  }

  onLost(handler: (reason: string) => void): () => void {
    return this.#lost.add(handler);
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    this.#cancelLook();
    if (handle) await this.#closeHandle(handle);
  }

  async #find(): Promise<HidDevice> {
    const [device, another] = await this.#candidates();
    if (!device) throw new AppError("line-absent", `${this.name} is not plugged in / 未插入`);
    if (another) throw new AppError("hid-ambiguous", `${this.name} is there more than once; add the serial number`);
    return device;
  }

  async #candidates(): Promise<HidDevice[]> {
    const { vendorId, productId, serial } = this.#settings;
    const devices = await this.#deps.host.list(vendorId, productId);
    return devices.filter((device) => serial === undefined || device.serial === serial);
  }

  async #openPath(path: string): Promise<HidHandle> {
    try {
      return await this.#deps.host.open(path);
    } catch (cause) {
      if (await isDenied(path)) throw new AppError("line-denied", deniedText(this.name, path), { cause });
      throw new AppError("line-open-failed", `${this.name} cannot be opened`, { cause });
    }
  }

  async #writeAll(handle: HidHandle, bytes: Uint8Array): Promise<void> {
    try {
      for (const report of this.#bridge.encode(bytes)) await handle.write(report);
    } catch (cause) {
      throw new AppError("line-write-failed", `${this.name} cannot be written`, { cause });
    }
  }

  #take(handle: HidHandle, report: Uint8Array): void {
    if (this.#handle !== handle) return;
    const bytes = this.#bridge.decode(report);
    if (!bytes) return;
    this.counters.bytesIn += bytes.length;
    this.#data.call(bytes);
  }

  #lookLater(handle: HidHandle, path: string): void {
    this.#cancelLook = this.#deps.clock.after(LOOK_MS, () => void this.#look(handle, path));
  }

  /** The same path with the same serial number: one that was pulled out and plugged in again has lost its configuration. */
  async #look(handle: HidHandle, path: string): Promise<void> {
    const isThere = await this.#candidates().then(
      (found) => found.some((device) => device.path === path),
      () => true,
    );
    if (this.#handle !== handle) return;
    if (isThere) this.#lookLater(handle, path);
    else this.#drop(handle, "no longer plugged in");
  }

  #drop(handle: HidHandle, reason: string): void {
    if (this.#handle !== handle) return;
    this.#handle = undefined;
    this.#cancelLook();
    void this.#closeHandle(handle);
    this.#lost.call(reason);
  }

  async #closeHandle(handle: HidHandle): Promise<void> {
    const late = () => new AppError("line-close-timeout", `${this.name} does not close`);
    try {
      await this.#within(CLOSE_MS_MAX, handle.close(), late);
    } catch (error) {
      this.#deps.log.debug({ port: this.name, error: String(error) }, "closed by force");
    }
  }

  #within<T>(ms: number, work: Promise<T>, late: () => AppError): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#deps.clock.after(ms, () => reject(late()));
      work.then(resolve, reject).finally(cancel);
    });
  }
}

async function isDenied(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK | constants.W_OK);
    return false;
  } catch (error) {
    return ["EACCES", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "");
  }
}

function deniedText(name: string, path: string): string {
  return (
    `${name}: no permission for ${path}; install 70-dianmao-hid.rules in /etc/udev/rules.d and plug it in again (dianmao clock doctor)` +
    ` / 没有 ${path} 的权限；请将 70-dianmao-hid.rules 放入 /etc/udev/rules.d 后重新插拔（dianmao clock doctor）`
  );
}
