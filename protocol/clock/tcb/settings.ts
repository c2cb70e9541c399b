/** Configuration 2 (commands 32 and 33): 15 bytes, and in a change a field of FFs is left as it is. */
import { type Codec, fixed } from "./codec.ts";

/** Wire order: name and width in bytes. */
const FIELDS = [
  ["fingerPrecision", 1],
  ["wiegandHead", 1],
  ["wiegandOption", 1],
  ["workCodes", 1],
  /** 1: each punch is pushed at once. */
  ["realTime", 1],
  ["fingerUpdate", 1],
  ["relayMode", 1],
  ["lockDelaySeconds", 1],
  /** The clock complains when fewer records than this are free. */
  ["lowMemoryAlarm", 3],
  ["repeatPunchMinutes", 1],
  ["doorSensorSeconds", 1],
  ["bellDelay", 1],
  ["driftTrim", 1],
] as const;

type FieldName = (typeof FIELDS)[number][0];

export type TcbSettings = Record<FieldName, number>;

const SETTINGS_BYTES = FIELDS.reduce((sum, [, width]) => sum + width, 0);

export const SETTINGS: Codec<TcbSettings> = fixed(
  SETTINGS_BYTES,
  (bytes, value) => eachField((name, at, width) => bytes.writeUIntBE(value[name], at, width)),
  (bytes) => {
    const value: Partial<TcbSettings> = {};
    eachField((name, at, width) => {
      value[name] = bytes.readUIntBE(at, width);
    });
    return value as TcbSettings;
  },
);

/** Only what is named changes. */
export const SETTINGS_CHANGE: Codec<Partial<TcbSettings>> = fixed(
  SETTINGS_BYTES,
  (bytes, value) => eachField((name, at, width) => bytes.writeUIntBE(value[name] ?? unchanged(width), at, width)),
  (bytes) => {
    const value: Partial<TcbSettings> = {};
    eachField((name, at, width) => {
      const field = bytes.readUIntBE(at, width);
      if (field !== unchanged(width)) value[name] = field;
    });
    return value;
  },
);

function unchanged(width: number): number {
  return 2 ** (8 * width) - 1;
}

function eachField(visit: (name: FieldName, at: number, width: number) => void): void {
  let at = 0;
  for (const [name, width] of FIELDS) {
    visit(name, at, width);
    at += width;
  }
}
