/** A log of JSON lines in pino's shape, without pino: an agent counts its memory. */
import type { Log } from "../protocol/log.ts";

const LEVELS = { debug: 20, info: 30, warn: 40, error: 50 } as const;
export type LogLevel = keyof typeof LEVELS;

/** Lines at `least` and above go to `write`, each with a line end. Errors are told by type, code and message. */
export function jsonLog(write: (line: string) => void, least: LogLevel = "info", now: () => number = Date.now): Log {
  const at = (level: LogLevel) => (fields: object, message?: string) => {
    if (LEVELS[level] < LEVELS[least]) return;
    const line = { level: LEVELS[level], time: now(), ...fields, ...(message && { msg: message }) };
    write(`${JSON.stringify(line, plainError)}\n`);
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function plainError(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const code = "code" in value ? { code: value.code } : {};
  return { type: value.name, ...code, message: value.message };
}
