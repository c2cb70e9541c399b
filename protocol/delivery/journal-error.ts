/** What a failing disk means to who appends: errors of the files as AppErrors. */
import { AppError } from "../errors.ts";

export function isDiskFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOSPC" || code === "EDQUOT";
}

export function toJournalError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  if (isDiskFull(cause)) return new AppError("journal-full", "the disk is full", { cause });
  return new AppError("journal-io", `the journal's files: ${(cause as Error).message}`, { cause });
}
