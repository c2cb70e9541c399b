/** The log of a long-running program: one JSON object a line on stderr, by pino, secrets left out. */
import { destination, pino } from "pino";
import type { Log } from "../protocol/log.ts";

const SECRETS = ["token", "authorization", "key", "keyPem", "password"];

export function jsonLog(level: "debug" | "info" | "warn" | "error", name: string): Log {
  return pino(
    {
      level,
      base: { name },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: SECRETS.flatMap((key) => [key, `*.${key}`]),
    },
    destination(2),
  );
}
