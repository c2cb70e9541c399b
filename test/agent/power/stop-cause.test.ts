import { expect, it } from "vitest";
import { fail } from "../../../agent/os/os.ts";
import { stopCause } from "../../../agent/power/stop-cause.ts";
import { fakeOs } from "../support/fake-os.ts";

it.each([
  ["os-shutdown", { "systemctl is-system-running": { exitCode: 1, stdout: "stopping\n" } }],
  ["service-stop", { "systemctl is-system-running": "running\n" }],
  ["service-stop", { "systemctl is-system-running": { exitCode: 1, stdout: "degraded\n" }, runlevel: "N 6\n" }],
  ["os-shutdown", { "systemctl is-system-running": { exitCode: 1, stdout: "offline\n" }, runlevel: "2 0\n" }],
  ["service-stop", { runlevel: "N 2\n" }],
  ["service-stop", { "systemctl is-system-running": fail("probe-timeout", "") }],
] as const)("is %s when the system says %o", async (cause, commands) => {
  expect(await stopCause(fakeOs({ commands }))).toBe(cause);
});

it("is a shutdown on Windows when one was requested within the last minutes", async () => {
  const event =
    "<Event><System><Provider Name='User32'/><EventID>1074</EventID><TimeCreated SystemTime='2026-11-23T00:59:58Z'/><EventRecordID>7</EventRecordID></System></Event>";
  const asked = (stdout: string) =>
    stopCause(fakeOs({ family: "windows", commands: { "wevtutil.exe qe System": stdout } }));
  expect([await asked(event), await asked("")]).toEqual(["os-shutdown", "service-stop"]);
  expect(await stopCause(fakeOs({ family: "windows" }))).toBe("service-stop");
});
