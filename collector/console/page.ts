/** Pages of a list: an opaque cursor and a limit. */
import * as z from "zod";
import { AppError } from "../../protocol/errors.ts";

export const LIMIT_MAX = 1000;
export const LIMIT_DEFAULT = 100;

export const pageQuery = z.object({
  cursor: z.string().max(64).optional().describe("`next` of the page before"),
  limit: z.coerce.number().int().min(1).max(LIMIT_MAX).default(LIMIT_DEFAULT),
});
export type PageQuery = z.infer<typeof pageQuery>;

export interface Page<T> {
  items: T[];
  /** Null on the last page. */
  next: string | null;
}

/** The schema of a page of such items. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

/** The id that the page follows; undefined on the first. Throws AppError `bad-cursor`. */
export function afterOf({ cursor }: PageQuery): number | undefined {
  if (cursor === undefined) return undefined;
  const id = Number(Buffer.from(cursor, "base64url").toString("utf8"));
  if (!Number.isSafeInteger(id) || id < 0) throw new AppError("bad-cursor", "the cursor is not one that was given out");
  return id;
}

/** Makes a page of rows that were asked for with `limit + 1`. */
export function toPage<Row, T>(
  rows: Row[],
  limit: number,
  idOf: (row: Row) => number,
  toItem: (row: Row) => T,
): Page<T> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const isMore = rows.length > limit && last !== undefined;
  return { items: shown.map(toItem), next: isMore ? cursorOf(idOf(last)) : null };
}

/** What `afterOf` reads. */
export function cursorOf(id: number): string {
  return Buffer.from(String(id)).toString("base64url");
}
