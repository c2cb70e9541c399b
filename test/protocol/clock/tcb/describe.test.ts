import { describe, expect, it } from "vitest";
import { describeBytes } from "../../../../protocol/clock/tcb/describe.ts";
import { encodeFrame } from "../../../../protocol/clock/tcb/frame.ts";
import { bytesOf } from "../../../support/hex.ts";
import { BROKEN_FRAMES, FRAME_VECTORS, RECORD_VECTOR } from "./vectors.ts";

const hexOfVector = (number: number) => FRAME_VECTORS.find((row) => row.number === number)?.hex ?? "";
const valuesOf = (hex: string) =>
  describeBytes(bytesOf(hex)).map(({ title, fields, problem }) => ({
    title: title.en,
    ...Object.fromEntries(fields.map(({ name, value }) => [name, value])),
    ...(problem ? { problem: problem.code } : {}),
  }));

describe("a frame in words", () => {
  it("tells a live punch", () => {
    expect(valuesOf(hexOfVector(16))).toEqual([
      {
        title: "reply: live punch",
        device: "1",
        status: "00 成功 / done",
        user: "38",
        time: "2020-01-02T13:29:14",
        verified: "finger",
        type: "2",
        door: "0",
        workCode: "0",
      },
    ]);
  });

  it.each(FRAME_VECTORS)("finds nothing wrong with vector $number", ({ hex }) => {
    const [description, ...more] = describeBytes(bytesOf(hex));
    expect(description).toMatchObject({ offset: 0, lengthBytes: bytesOf(hex).length });
    expect(description?.problem).toBeUndefined();
    expect(more).toEqual([]);
  });

  it("tells a refusal", () => {
    expect(valuesOf(hexOfVector(5))).toEqual([{ title: "reply: records", device: "1", status: "01 失败 / failed" }]);
  });

  it("shows no communication password", () => {
    const [identity] = valuesOf(hexOfVector(9));
    expect(identity).toMatchObject({ firmware: "03.26.93", password: "****" });
    expect(JSON.stringify(describeBytes(bytesOf(hexOfVector(9))))).not.toContain("6785");
  });

  it("shows nothing of a fingerprint template", () => {
    const template = {
      shape: "reply",
      device: 1,
      command: 0x44,
      status: 0,
      data: new Uint8Array(338).fill(0x5c),
    } as const;
    const [described] = describeBytes(encodeFrame(template));
    expect(described?.title.en).toContain("never read");
    expect(described?.fields.map(({ name }) => name)).toEqual(["device", "status"]);
  });

  it("takes a bare record", () => {
    expect(valuesOf(RECORD_VECTOR.hex)).toMatchObject([
      { title: "a record without its frame", user: "43498727", time: "2026-09-02T13:04:16", type: "1" },
    ]);
  });

  it("describes every byte of what was glued together", () => {
    const hex = `00 FF ${hexOfVector(1)} ${hexOfVector(16)} A5 00`;
    expect(
      describeBytes(bytesOf(hex)).map(({ offset, lengthBytes, problem }) => [offset, lengthBytes, problem?.code]),
    ).toEqual([
      [0, 2, "no-start"],
      [2, 10, undefined],
      [12, 25, undefined],
      [37, 2, "truncated"],
    ]);
  });
});

describe("what is wrong with a bad frame", () => {
  it.each(BROKEN_FRAMES.filter(([hex]) => hex !== ""))("%s (%s)", (hex, _what, code) => {
    const problems = describeBytes(bytesOf(hex)).flatMap(({ problem }) => problem?.code ?? []);
    const expected = { "length-too-long": "length", "trailing-bytes": "no-start" } as Record<string, string>;
    expect(problems[0]).toBe(expected[code] ?? code);
  });

  it.each([
    ["A5 00 00 00 01 3C 00 00 49 A8", "wrong CRC: carries A849, should be A949"],
    ["A5 00 00 00 01 3C 00 00 A9 49", "CRC bytes the wrong way round (the low one comes first)"],
    ["A5 00 00 00 01 3C 00 00 49", "cut short: 9 of 10 bytes"],
    ["A5 00 00", "cut short: 3 bytes do not reach to the end of the header"],
    ["A5 00 00 00 01 3C 02 59 49 A9", "declares 601 data bytes, more than the 600 a frame can have"],
    ["A5 00 00 00 01 3C 00 01 00 B4 C6", "the data is not what this command has (wrong-length)"],
  ])("%s: %s", (hex, words) => {
    const all = describeBytes(bytesOf(hex));
    expect(all[0]?.problem?.words.en).toBe(words);
  });
});
