import { describe, expect, it } from "vitest";
import { hashHardwareId, hashHardwareIds, machineHash } from "../../../../agent/probes/identity/hardware-ids.ts";

describe("hardware ids", () => {
  it.each([
    "",
    "Default string",
    "System Serial Number",
    "To Be Filled By O.E.M.",
    "00000000-0000-0000-0000-000000000000",
    "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
    "ab",
  ])("refuses the filler %j", (raw) => {
    expect(hashHardwareId("smbiosUuid", raw)).toBeUndefined();
  });

  it("knows an id whatever its case and hyphens", () => {
    const hash = hashHardwareId("smbiosUuid", "4C4C4544-0042-3510-8051-B7C04F4E3332");
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
    expect(hashHardwareId("smbiosUuid", "4c4c4544004235108051b7c04f4e3332\n")).toBe(hash);
  });

  it("keeps the kinds apart and leaves fillers out", () => {
    const ids = hashHardwareIds({ smbiosUuid: "S3Z8NB0K123456", diskSerial: "S3Z8NB0K123456", machineId: "0000" });
    expect(Object.keys(ids)).toEqual(["smbiosUuid", "diskSerial"]);
    expect(ids.smbiosUuid).not.toBe(ids.diskSerial);
  });

  it("tells two machines apart by the host name only when there is no id at all", () => {
    const ids = hashHardwareIds({ machineId: "3d1219c7c4c5404aaa1f6d2a48adfda4" });
    expect(machineHash(ids, "pc-01")).toBe(machineHash(ids, "pc-02"));
    expect(machineHash({}, "pc-01")).not.toBe(machineHash({}, "pc-02"));
  });
});
