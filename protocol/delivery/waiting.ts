/** Appends on their way to the disk, and how a group of them is cut. */
import type { AppError } from "../errors.ts";
import { worthOf } from "./sacrifice.ts";

export interface Waiting {
  kind: string;
  json: string;
  resolve(number: number): void;
  reject(error: AppError): void;
}

/** How many from the start are at most `bytes` together; at least one. */
export function countWithin(waiting: readonly Waiting[], bytes: number): number {
  let sum = 0;
  const beyond = waiting.findIndex(({ json }) => {
    sum += json.length;
    return sum > bytes;
  });
  return beyond < 0 ? waiting.length : Math.max(1, beyond);
}

/** Two parts of a group that found no room whole: the records of most worth and the others or, when all are alike, its halves. */
export function splitByWorth(group: readonly Waiting[]): [Waiting[], Waiting[]] {
  const highest = Math.max(...group.map(({ kind }) => worthOf(kind)));
  const best = group.filter(({ kind }) => worthOf(kind) === highest);
  if (best.length < group.length) return [best, group.filter(({ kind }) => worthOf(kind) !== highest)];
  const half = Math.ceil(group.length / 2);
  return [group.slice(0, half), group.slice(half)];
}
