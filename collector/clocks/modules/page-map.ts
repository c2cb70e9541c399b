/** Whose template is on which page of a module: `readers/modules/NAME.json` in the home folder. Nothing biometric is in it. */
import { join } from "node:path";
import * as z from "zod";
import { AppError } from "../../../protocol/errors.ts";
import { jsonFileNameOf, parseJson, readSmallFile, writeSmallFile } from "../small-file.ts";

const pageMap = z.object({
  v: z.literal(1),
  pages: z.record(z.string().regex(/^\d{1,5}$/), z.string().min(1).max(64)),
});

/** User ids by page. */
export type PageMap = ReadonlyMap<number, string>;

/** Empty when there is no file. Rejects with AppError `page-map-bad`, `page-map-io`. */
export async function loadPageMap(home: string, module: string): Promise<PageMap> {
  const path = pathOf(home, module);
  const text = await readSmallFile(path, "page-map-io");
  if (text === undefined) return new Map();
  const parsed = pageMap.safeParse(parseJson(text));
  if (!parsed.success) throw new AppError("page-map-bad", `${path} is not a page map`);
  return new Map(Object.entries(parsed.data.pages).map(([page, user]) => [Number(page), user]));
}

/** Resolves when it is on disk. Rejects with AppError `page-map-io`. */
export async function savePageMap(home: string, module: string, map: PageMap): Promise<void> {
  const pages = Object.fromEntries([...map].sort(([a], [b]) => a - b));
  await writeSmallFile(pathOf(home, module), `${JSON.stringify({ v: 1, pages }, null, 2)}\n`, "page-map-io");
}

function pathOf(home: string, module: string): string {
  return join(home, "readers", "modules", jsonFileNameOf(module));
}
