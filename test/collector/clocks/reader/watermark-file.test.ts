import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { START_OF_LOG, type Watermark, type WatermarkStore } from "../../../../collector/clocks/reader/watermark.ts";
import { openWatermarkFiles } from "../../../../collector/clocks/reader/watermark-file.ts";
import { SILENT_LOG } from "../../../../protocol/log.ts";

let folder: string;
let store: WatermarkStore;
const MARK: Watermark = { ...START_OF_LOG, position: 7, tail: ["0a0b"], sequence: 9, unmarked: 3 };

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "dianmao-marks-")), "watermarks");
  store = await openWatermarkFiles(folder, { log: SILENT_LOG });
});

afterEach(() => rm(join(folder, ".."), { recursive: true, force: true }));

const onlyFile = async () => join(folder, (await readdir(folder))[0] ?? "");

describe("watermarks on disk", () => {
  it("come back as they were saved, one a clock", async () => {
    await store.save("SN-1", MARK);
    await store.save("SN-2", { ...MARK, position: 8, marksMeanNothing: true });
    expect(await store.load("SN-1")).toEqual(MARK);
    expect(await store.load("SN-2")).toEqual({ ...MARK, position: 8, marksMeanNothing: true });
    expect(await store.load("SN-3")).toBeUndefined();
  });

  it("are saved one after the other, the last one for good", async () => {
    const marks = [1, 2, 3, 4, 5].map((position) => ({ ...MARK, position }));
    await Promise.all(marks.map((mark) => store.save("SN-1", mark)));
    expect(await store.load("SN-1")).toEqual(marks.at(-1));
    expect(await readdir(folder)).toHaveLength(1);
  });

  it.each(
    [["", "{", '{"v":1}', '{"v":2,"position":7,"tail":[],"sequence":9,"unmarked":3,"growth":[]}']]
      .flat()
      .map((text) => [text]),
  )("what cannot be read (%j) counts as nothing known", async (text) => {
    await store.save("SN-1", MARK);
    await writeFile(await onlyFile(), text);
    expect(await store.load("SN-1")).toBeUndefined();
  });

  it("a serial number that looks like a path stays a file name", async () => {
    await store.save("../../etc/passwd", MARK);
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^______etc_passwd-[0-9a-f]{8}\.json$/)]);
    expect(await store.load("../../etc/passwd")).toEqual(MARK);
    expect(JSON.parse(await readFile(await onlyFile(), "utf8"))).toEqual(MARK);
  });

  it("a folder that cannot be used is an error with a code", async () => {
    await store.save("SN-1", MARK);
    await expect(openWatermarkFiles(await onlyFile(), { log: SILENT_LOG })).rejects.toMatchObject({
      code: "watermark-io",
    });
  });
});
