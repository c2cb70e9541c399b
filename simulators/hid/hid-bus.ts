/**
 * A USB bus that only processes started with `env()` see: a folder with sys, dev and ioctl for libumockdev-preload (Debian: umockdev).
 * Their HID library, unchanged, enumerates, opens, reads and writes the devices on it.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PreloadClient } from "./preload-protocol.ts";
import { prepareSysfs } from "./sysfs.ts";

/** A hub has only so many ports. */
const PORTS_MAX = 64;

export class HidBus {
  readonly folder: string;
  readonly #ports = new Set<number>();
  readonly #others: Server;

  private constructor(folder: string, others: Server) {
    this.folder = folder;
    this.#others = others;
  }

  /** In a new folder, or in the given one, which `close` then removes as well. */
  static async open(folder = mkdtempSync(join(tmpdir(), "dianmao-hid-bus-"))): Promise<HidBus> {
    for (const name of ["dev/.node", "ioctl/dev"]) mkdirSync(join(folder, name), { recursive: true });
    prepareSysfs(join(folder, "sys"));
    const others = createServer((socket) => void letAllRun(new PreloadClient(socket)));
    await new Promise<void>((resolve) => others.listen(join(folder, "ioctl", "_default"), resolve));
    return new HidBus(folder, others);
  }

  /** For the environment of a process that shall see the bus. */
  env(): Record<string, string> {
    return busEnvironment(this.folder);
  }

  /** The lowest free port, as the kernel numbers nodes. Throws RangeError. */
  takePort(): number {
    for (let port = 0; port < PORTS_MAX; port++) {
      if (this.#ports.has(port)) continue;
      this.#ports.add(port);
      return port;
    }
    throw new RangeError(`a bus has ${PORTS_MAX} ports`);
  }

  freePort(port: number): void {
    this.#ports.delete(port);
  }

  /** Whoever still has something open on it is not waited for. */
  close(): void {
    this.#others.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function busEnvironment(folder: string): Record<string, string> {
  return { LD_PRELOAD: "libumockdev-preload.so.0", UMOCKDEV_DIR: folder, SYSTEMD_DEVICE_VERIFY_SYSFS: "0" };
}

/** Calls on nodes that are none of the bus's devices go to the system as they are. */
async function letAllRun(client: PreloadClient): Promise<void> {
  for (let question = await client.next(); question; question = await client.next()) {
    const result = await client.run().catch(() => undefined);
    if (result) client.done(result.value, result.errno);
  }
}
