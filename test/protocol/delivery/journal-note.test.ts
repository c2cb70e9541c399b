import { describe, expect, test } from "vitest";
import {
  decodeHead,
  encodeHead,
  encodeNote,
  type JournalNote,
  parseNote,
} from "../../../protocol/delivery/journal-note.ts";

const BINDING = { epoch: "0123456789abcdef", base: 3, machine: "00000000000000aa" };
const NOTE: JournalNote = { ...BINDING, committed: 7, newest: 9, db: "db", identity: "pc-1 key" };

describe("the journal's note", () => {
  test("is read as it was written; with any bit changed it is none", () => {
    const bytes = encodeNote(NOTE);
    expect(parseNote(bytes)).toEqual(NOTE);
    // The last byte is a line feed, which may change: it carries nothing.
    for (let bit = 0; bit < (bytes.length - 1) * 8; bit++) {
      const harmed = Buffer.from(bytes);
      harmed[bit >> 3] = (harmed[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(parseNote(harmed), `bit ${bit}`).toBeUndefined();
    }
  });

  test("that is sound but of another shape is none", () => {
    for (const change of [{ epoch: "x" }, { base: 0.5 }, { committed: "7" }, { newest: undefined }, { machine: 1 }]) {
      expect(parseNote(encodeNote({ ...NOTE, ...change } as never)), JSON.stringify(change)).toBeUndefined();
    }
    for (const text of ["", "\n", "{}", "00000000 "]) expect(parseNote(Buffer.from(text)), text).toBeUndefined();
  });

  test("and the head of a segment are not taken for each other", () => {
    expect(decodeHead(encodeHead(BINDING).trimEnd())).toEqual(BINDING);
    expect(decodeHead(encodeNote(NOTE).toString().trimEnd())).toBeUndefined();
    expect(parseNote(Buffer.from(encodeHead(BINDING)))).toBeUndefined();
  });
});
