import { describe, expect, it } from "vitest";
import { readMachine } from "../../agent/machine.ts";
import { fail } from "../../agent/os/os.ts";
import { fakeOs, type Recording } from "./support/fake-os.ts";

const SYSTEM = "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SystemInformation";
const ASKED_FOR_SYSTEM = "reg.exe query HKLM\\SYSTEM\\CurrentControlSet\\Control\\SystemInformation";
const MACHINE_GUID = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography";
const COMMANDS = {
  [ASKED_FOR_SYSTEM]: `
${SYSTEM}
    ComputerHardwareId    REG_SZ    {4C4C4544-0042-3510-8051-B7C04F4E3332}
`,
  "reg.exe query HKLM\\SOFTWARE\\Microsoft\\Cryptography": `
${MACHINE_GUID}
    MachineGuid    REG_SZ    9c8f2b1e-6a5d-4c3b-8e7f-0123456789ab
`,
  "reg.exe query": { exitCode: 1, stderr: "ERROR: The system was unable to find the specified registry key or value." },
};
const machineOf = (commands: NonNullable<Recording["commands"]>) =>
  readMachine(fakeOs({ family: "windows", commands }));

describe("the machine that a Windows PC is", () => {
  it("goes by the ids that are there", async () => {
    expect((await machineOf(COMMANDS)).fingerprint).toHaveLength(2);
  });

  it("is not another one because the registry did not answer this time", async () => {
    const late = { ...COMMANDS, [ASKED_FOR_SYSTEM]: fail("probe-timeout", "reg.exe: no end within 5000 ms") };
    await expect(machineOf(late)).rejects.toMatchObject({ code: "machine-unread" });
  });
});
