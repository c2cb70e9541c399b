import { describe, expect, it } from "vitest";
import {
  HELD_RECORDS_MAX,
  type LogItem,
  placeFromMark,
  placeFromStart,
} from "../../../../collector/clocks/reader/log-placement.ts";
import { START_OF_LOG, type Watermark } from "../../../../collector/clocks/reader/watermark.ts";

const item = (raw: string): LogItem => ({
  punch: { user: "1", deviceTime: "2026-11-23T08:00:00", verification: [], type: 0, workCode: 0, raw },
  ordinal: 0,
  readAt: 0,
});
const watermark = (position: number, ...tail: string[]): Watermark => ({ ...START_OF_LOG, position, tail });
const raws = (items: LogItem[]) => items.map(({ punch }) => punch.raw);

describe("reading from the first new record", () => {
  it("skips what is known and begins behind the mark", () => {
    const placement = placeFromMark(2, watermark(4, "a", "b", "c", "d"));
    expect(["c", "d", "e", "f"].map((raw) => raws(placement.take(item(raw))))).toEqual([[], [], ["e"], ["f"]]);
  });

  it("notices that the record at the mark is another one", () => {
    const placement = placeFromMark(2, watermark(4, "a", "b", "c", "d"));
    placement.take(item("c"));
    expect(() => placement.take(item("x"))).toThrow(expect.objectContaining({ code: "log-mismatch" }));
  });
});

describe("reading the whole log", () => {
  const read = (mark: Watermark | undefined, records: string[]) => {
    const placement = placeFromStart(mark);
    const news = records.flatMap((raw) => placement.take(item(raw)));
    const end = placement.end();
    return { news: raws([...news, ...end.news]), anchorLost: end.anchorLost };
  };

  it.each([
    ["nothing is known: all is news", undefined, ["a", "b"], ["a", "b"], false],
    ["what is before the known place is not", watermark(3, "a", "b", "c"), ["a", "b", "c", "d"], ["d"], false],
    [
      "also when the log's beginning was overwritten",
      watermark(9, "w", "x", "y", "z"),
      ["x", "w", "x", "y", "z", "n"],
      ["n"],
      false,
    ],
    ["the place is gone: all is news", watermark(3, "a", "b", "c"), ["x", "y"], ["x", "y"], true],
    ["part of the place is not the place", watermark(4, "a", "b", "c", "d"), ["c", "d", "e"], ["c", "d", "e"], true],
    ["an empty log is a lost place", watermark(3, "a", "b", "c"), [], [], true],
  ])("%s", (_what, mark, records, news, anchorLost) => {
    expect(read(mark, records)).toEqual({ news, anchorLost });
  });

  it("holds back a bounded number of records", () => {
    const placement = placeFromStart(watermark(4, "a", "b", "c", "d"));
    let released = 0;
    for (let index = 0; index <= HELD_RECORDS_MAX; index++) released += placement.take(item("x")).length;
    expect(released).toBe(HELD_RECORDS_MAX + 1);
    expect(placement.take(item("y"))).toHaveLength(1);
  });
});
