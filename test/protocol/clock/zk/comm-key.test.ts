import { expect, it } from "vitest";
import { encodeCommKey } from "../../../../protocol/clock/zk/comm-key.ts";
import { hexOf } from "../../../support/hex.ts";

/** Key, session, answer: printed by another open client's algorithm (pyzk, make_commkey). */
const ANSWERS: [number, number, string][] = [
  [0, 0x6ba0, "61 7D 32 12"],
  [0, 0, "61 7D 32 79"],
  [1, 0x6ba0, "61 FD 32 12"],
  [12_345, 0xc0c5, "6D E1 32 B9"],
  [999_999, 0x1234, "22 81 32 7B"],
  [123_456, 0xffff, "29 7F 32 06"],
];

it.each(ANSWERS)("key %i in session %i is answered as another client answers it", (key, session, answer) => {
  expect(hexOf(encodeCommKey(key, session))).toBe(answer);
});
