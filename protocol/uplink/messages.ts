/** What comes down to a source, checked by hand: a schema library would cost an agent more memory than these few lines. */
import type { Ack, Down } from "../messages/envelope.ts";

const EPOCH = /^[0-9a-f]{16}$/;
const COMMANDS = ["collect-now", "renew-certificate", "re-enrol"];
export const DOWN_BYTES_MAX = 16 * 1024;

/** Undefined for what is no acknowledgement. */
export function parseAck(payload: Buffer): Ack | undefined {
  const { v, db, epoch, through } = parseObject(payload);
  const isAck = v === 1 && typeof db === "string" && db.length > 0 && typeof epoch === "string" && EPOCH.test(epoch);
  return isAck && isCount(through) ? { v: 1, db, epoch, through } : undefined;
}

/** Undefined for what is neither settings nor a command. Settings that are not numbers are left out. */
export function parseDown(payload: Buffer): Down | undefined {
  const message = parseObject(payload);
  if (message.v !== 1) return undefined;
  if (message.type === "command") {
    const { id, command, expiresAt } = message;
    const isCommand = typeof id === "string" && COMMANDS.includes(String(command)) && typeof expiresAt === "string";
    return isCommand && Number.isFinite(Date.parse(expiresAt)) ? (message as Down) : undefined;
  }
  if (message.type !== "settings" || !isCount(message.revision)) return undefined;
  const entries = Object.entries((message.settings ?? {}) as object).filter(([, value]) => isCount(value));
  return { v: 1, type: "settings", revision: message.revision, settings: Object.fromEntries(entries) };
}

function parseObject(payload: Buffer): Record<string, unknown> {
  if (payload.length > DOWN_BYTES_MAX) return {};
  try {
    const value = JSON.parse(payload.toString("utf8"));
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
