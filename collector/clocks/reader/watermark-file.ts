/** Watermarks as one small file a clock, replaced as a whole and synced. */
import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../../protocol/errors.ts";
import type { Log } from "../../../protocol/log.ts";
import { type WatermarkStore, watermarkSchema } from "./watermark.ts";

/** Rejects with AppError `watermark-io` when the folder cannot be used. */
export async function openWatermarkFiles(folder: string, deps: { log: Log }): Promise<WatermarkStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause) => {
    throw new AppError("watermark-io", `${folder} cannot be made`, { cause });
  });
  const pathOf = (clock: string) => join(folder, `${fileNameOf(clock)}.json`);
  return {
    async load(clock) {
      const text = await readIfThere(pathOf(clock));
      if (text === undefined) return undefined;
      const parsed = watermarkSchema.safeParse(parseJson(text));
      if (parsed.success) return parsed.data;
      deps.log.warn({ clock, path: pathOf(clock) }, "watermark unreadable: the clock's log is read from the start");
      return undefined;
    },
    async save(clock, watermark) {
      await replaceFile(pathOf(clock), JSON.stringify(watermark)).catch((cause) => {
        throw new AppError("watermark-io", `the watermark of ${clock} cannot be written`, { cause });
      });
    },
  };
}

/** A serial number is a device's word: it must not become a path. */
function fileNameOf(clock: string): string {
  const readable = clock.replace(/[^A-Za-z0-9-]/g, "_").slice(0, 40);
  return `${readable}-${createHash("sha256").update(clock).digest("hex").slice(0, 8)}`;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new AppError("watermark-io", `${path} cannot be read`, { cause });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A power cut leaves the old file or the new one. */
async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, "w", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
