/** Watermarks as one small file a clock, replaced as a whole and synced. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../../protocol/errors.ts";
import type { Log } from "../../../protocol/log.ts";
import { jsonFileNameOf, parseJson, readSmallFile, writeSmallFile } from "../small-file.ts";
import { type WatermarkStore, watermarkSchema } from "./watermark.ts";

/** Rejects with AppError `watermark-io` when the folder cannot be used. */
export async function openWatermarkFiles(folder: string, deps: { log: Log }): Promise<WatermarkStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause) => {
    throw new AppError("watermark-io", `${folder} cannot be made`, { cause });
  });
  const pathOf = (clock: string) => join(folder, jsonFileNameOf(clock));
  /** The last write of each clock's file: the reader and a replay may save at one time. */
  const writes = new Map<string, Promise<void>>();
  return {
    async load(clock) {
      const text = await readSmallFile(pathOf(clock), "watermark-io");
      if (text === undefined) return undefined;
      const parsed = watermarkSchema.safeParse(parseJson(text));
      if (parsed.success) return parsed.data;
      deps.log.warn({ clock, path: pathOf(clock) }, "watermark unreadable: the clock's log is read from the start");
      return undefined;
    },
    save(clock, watermark) {
      const text = JSON.stringify(watermark);
      const before = writes.get(clock) ?? Promise.resolve();
      const write = before.catch(() => {}).then(() => writeSmallFile(pathOf(clock), text, "watermark-io"));
      writes.set(clock, write);
      return write;
    },
  };
}
