/** Turns Node's error codes into the reasons of the contract. */
import type { UnknownReason } from "../../protocol/messages/fact.ts";
import { type Failure, fail } from "./os.ts";

const REASONS: Record<string, UnknownReason> = {
  ENOENT: "not-recorded",
  ENOTDIR: "not-recorded",
  EACCES: "access-denied",
  EPERM: "access-denied",
  ETIMEDOUT: "probe-timeout",
  ECONNREFUSED: "not-running",
  EISDIR: "unreadable",
  EIO: "unreadable",
  EINVAL: "unreadable",
};

/** A failure that says which file or command it was about; `missing` is the reason for one that does not exist. */
export function failureOf(error: unknown, subject: string, missing: UnknownReason = "not-recorded"): Failure {
  const code = codeOf(error);
  const reason = code === "ENOENT" ? missing : (REASONS[code] ?? "probe-failed");
  return fail(reason, `${subject}: ${code}`);
}

function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.message : String(error);
}
