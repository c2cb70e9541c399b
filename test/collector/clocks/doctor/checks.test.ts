import { expect, it } from "vitest";
import type { ClockConfig } from "../../../../collector/clocks/config.ts";
import { type DoctorDeps, examine } from "../../../../collector/clocks/doctor/checks.ts";

const HID: ClockConfig = { name: "hall", family: "tcb", number: 1, port: "hid:10c4:ea80:A1", baud: 9_600 };
const SERIAL: ClockConfig = { name: "door", family: "tcb", number: 1, port: "/dev/ttyUSB0", baud: 9_600 };

const HEALTHY: DoctorDeps = {
  platform: "linux",
  exists: async () => true,
  tryPort: async () => undefined,
  identify: async () => ({ answer: "M3 SN-1 (03.26.93)" }),
  loadsHid: async () => true,
};

const examined = async (clocks: ClockConfig[], deps: Partial<DoctorDeps> = {}) =>
  (await examine({ clocks, faults: [] }, { ...HEALTHY, ...deps })).map(({ check, ok, todo }) => [
    check,
    ok,
    todo !== undefined,
  ]);

it("finds everything in order", async () => {
  expect(await examined([HID])).toEqual([
    ["udevadm", true, false],
    ["hid-library", true, false],
    ["udev-rule", true, false],
    ["port", true, false],
    ["answer", true, false],
  ]);
});

it("asks for nothing of USB HID where no clock needs it, and for nothing of udev on Windows", async () => {
  expect((await examined([SERIAL])).map(([check]) => check)).toEqual(["udevadm", "port", "answer"]);
  expect((await examined([HID], { platform: "win32" })).map(([check]) => check)).toEqual([
    "hid-library",
    "port",
    "answer",
  ]);
});

it("says what to do for each thing that is missing", async () => {
  expect(await examined([HID], { exists: async () => false, loadsHid: async () => false })).toEqual([
    ["udevadm", false, true],
    ["hid-library", false, true],
    ["udev-rule", false, true],
    ["port", true, false],
    ["answer", true, false],
  ]);
});

it.each(["line-absent", "line-denied", "line-open-failed", "hid-unavailable", "something-new"])(
  "does not ask a clock whose port says %s",
  async (code) => {
    expect(await examined([SERIAL], { tryPort: async () => code })).toEqual([
      ["udevadm", true, false],
      ["port", false, true],
    ]);
  },
);

it("tells a silent clock from one whose line the reader has, in both languages", async () => {
  for (const code of ["clock-silent", "reader-running"]) {
    const [, , answer] = await examine(
      { clocks: [SERIAL], faults: [] },
      { ...HEALTHY, identify: async () => ({ code }) },
    );
    expect(answer).toMatchObject({
      check: "answer",
      subject: "door",
      ok: false,
      found: { en: `/dev/ttyUSB0: ${code}` },
    });
    expect(answer?.todo?.zh).toMatch(/[一-龥]/);
  }
});

it("is not content with no clocks at all", async () => {
  expect(await examined([])).toEqual([["clocks", false, true]]);
});

it("tells of what is no clock in the file, and examines the others", async () => {
  const fault = { item: 2, name: "south", code: "clock-config-bad", message: "number: too small" };
  const findings = await examine({ clocks: [SERIAL], faults: [fault] }, HEALTHY);
  expect(findings.map(({ subject, ok }) => [subject, ok])).toContainEqual([SERIAL.name, true]);
  expect(findings[0]).toMatchObject({ check: "clocks", subject: "south", ok: false });
  expect(findings[0]?.found.en).toBe("clocks.json, item 2: number: too small");
});
