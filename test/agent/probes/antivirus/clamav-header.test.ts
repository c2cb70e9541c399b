import { describe, expect, it, vi } from "vitest";
import {
  parseClamdVersion,
  parseDatabaseHeader,
  parseLocalSocket,
} from "../../../../agent/probes/antivirus/clamav-header.ts";

const NOW = Date.parse("2026-11-23T01:00:00.000Z");
const bytes = (text: string, length = 512) => new TextEncoder().encode(text.padEnd(length));

/** Fields of a real daily database; MD5 and signature shortened. */
const DAILY =
  "ClamAV-VDB:21 Sep 2020 09-52 -0400:25934:4317482:63:2d8b9ad9ae3d45b3a9f15c5ba1d1a2b4:x8ZfQ:raynman:1600696324";

describe("the header of a ClamAV database", () => {
  it("takes the epoch of field 8 as the build time", () => {
    expect(parseDatabaseHeader(bytes(DAILY), NOW)).toEqual({
      ok: true,
      header: {
        version: 25934,
        signatures: 4317482,
        functionalityLevel: 63,
        builder: "raynman",
        builtAt: { ok: true, instant: "2020-09-21T13:52:04.000Z" },
      },
    });
  });

  it("reads the written build time of files from before field 8", () => {
    const old = "ClamAV-VDB:21 Sep 2020 09-52 -0400:25934:4317482:63:2d8b:x8ZfQ:raynman";
    expect(parseDatabaseHeader(bytes(old), NOW)).toMatchObject({
      header: { builtAt: { ok: true, instant: "2020-09-21T13:52:00.000Z" } },
    });
  });

  it.each([
    ["another file", bytes("PK\u0003\u0004"), "not-a-database"],
    ["a file cut off in its header", bytes(DAILY, 0), "truncated"],
    ["a header without numbers", bytes("ClamAV-VDB:today:new:many:63:x:y:z:1"), "not-a-database"],
    ["an empty file", new Uint8Array(), "not-a-database"],
  ])("refuses %s", (_what, content, code) => {
    expect(parseDatabaseHeader(content, NOW)).toEqual({ ok: false, code });
  });

  it("does not take a zero epoch for a date", () => {
    expect(parseDatabaseHeader(bytes(DAILY.replace(/\d+$/, "0")), NOW)).toMatchObject({
      header: { builtAt: { ok: false, code: "sentinel-value" } },
    });
  });
});

describe("clamd's VERSION", () => {
  it("names engine and loaded database; its date is in the zone of the PC", () => {
    vi.stubEnv("TZ", "Asia/Shanghai");
    expect(parseClamdVersion("ClamAV 1.0.7/27401/Sun Nov 22 17:41:29 2026\0", NOW)).toEqual({
      engine: "1.0.7",
      loaded: { version: 27401, builtAt: { ok: true, instant: "2026-11-22T09:41:29.000Z" } },
    });
  });

  it("has no database while none is loaded", () => {
    expect(parseClamdVersion("ClamAV 1.4.6\n", NOW)).toEqual({ engine: "1.4.6" });
    expect(parseClamdVersion("UNKNOWN COMMAND", NOW)).toBeUndefined();
  });

  it("finds its socket in the configuration", () => {
    expect(parseLocalSocket("#LocalSocket /old\nLocalSocket /run/clamav/clamd.ctl\n")).toBe("/run/clamav/clamd.ctl");
  });
});
