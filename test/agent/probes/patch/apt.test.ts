import { describe, expect, it, vi } from "vitest";
import { hasSecurityArchive, parseAptSimulation } from "../../../../agent/probes/patch/apt.ts";
import { lastUpgrade, newestFirst } from "../../../../agent/probes/patch/apt-history.ts";
import { linuxPatch } from "../../../../agent/probes/patch/linux.ts";
import { patchPart } from "../../../../protocol/messages/records/posture.ts";
import { FAKE_NOW_MS, type Recording } from "../../support/fake-os.ts";
import { AT, contextOf } from "../../support/probe-context.ts";

/** Printed by apt 2.6 on Debian 12, and the form of Ubuntu. */
const SIMULATION = `NOTE: This is only a simulation!
Reading package lists...
The following packages will be upgraded:
  base-files bash libgcrypt20
Inst base-files [12.4+deb12u11] (12.4+deb12u15 Debian:12.15/oldstable [amd64])
Inst bash [5.2.15-2+b8] (5.2.15-2+b13 Debian:12.15/oldstable [amd64])
Inst libgcrypt20-dev [1.10.1-3] (1.10.1-3+deb12u1 Debian:12.15/oldstable, Debian-Security:12/oldstable-security [amd64]) []
Inst libgcrypt20 [1.10.1-3] (1.10.1-3+deb12u1 Debian:12.15/oldstable, Debian-Security:12/oldstable-security [amd64])
Inst linux-image-6.1.0-29-amd64 (6.1.123-1 Debian-Security:12/oldstable-security [amd64])
Inst curl [7.81.0-1ubuntu1.18] (7.81.0-1ubuntu1.20 Ubuntu:22.04/jammy-updates, Ubuntu:22.04/jammy-security [amd64])
Conf base-files (12.4+deb12u15 Debian:12.15/oldstable [amd64])
`;

const LISTS = "/var/lib/apt/lists/deb.debian.org_debian-security_dists_bookworm-security_InRelease";
const DAY_MS = 24 * 3_600_000;

const PC: Recording = {
  commands: { "apt-get -s": SIMULATION },
  files: {
    "/var/lib/dpkg/status": "Package: bash\n",
    [LISTS]: "",
    "/var/log/apt/history.log":
      "\nStart-Date: 2026-11-20  08:26:13\nUpgrade: bash:amd64 (1, 2)\nEnd-Date: 2026-11-20  08:26:24\n",
  },
  mtimes: { "/var/lib/apt/lists/partial": FAKE_NOW_MS - DAY_MS },
};

describe("apt's simulation", () => {
  it("lists what would be installed, and which of it comes from a security archive", () => {
    expect(parseAptSimulation(SIMULATION)).toEqual([
      { name: "base-files", security: false },
      { name: "bash", security: false },
      { name: "libgcrypt20-dev", security: true },
      { name: "libgcrypt20", security: true },
      { name: "linux-image-6.1.0-29-amd64", security: true },
      { name: "curl", security: true },
    ]);
  });

  it("knows a security archive by its list file", () => {
    expect(hasSecurityArchive([LISTS])).toBe(true);
    expect(hasSecurityArchive(["/var/lib/apt/lists/archive.kylinos.cn_kylin_KYLIN-ALL_dists_10.1_InRelease"])).toBe(
      false,
    );
  });
});

describe("apt's history", () => {
  it("finds the last upgrade that did not fail", () => {
    const log = `
Start-Date: 2026-11-01  06:00:01
Commandline: /usr/bin/unattended-upgrade
Upgrade: libc6:amd64 (2.36-9, 2.36-10)
End-Date: 2026-11-01  06:00:30

Start-Date: 2026-11-02  06:00:01
Upgrade: bash:amd64 (5.2.15-2, 5.2.15-3)
Error: Sub-process /usr/bin/dpkg returned an error code (1)
End-Date: 2026-11-02  06:00:05

Start-Date: 2026-11-03  09:00:00
Install: jq:amd64 (1.6-2.1)
End-Date: 2026-11-03  09:00:09
`;
    expect(lastUpgrade(log)).toEqual([2026, 11, 1, 6, 0, 30]);
    expect(lastUpgrade("")).toBeUndefined();
  });

  it("reads rotated files from the newest on", () => {
    const paths = ["/var/log/apt/history.log.10.gz", "/var/log/apt/history.log.2.gz", "/var/log/apt/history.log"];
    expect(newestFirst(paths)).toEqual([paths[2], paths[1], paths[0]]);
  });
});

describe("the patch part on Debian", () => {
  it("counts pending security updates, since when they are pending, and the last upgrade", async () => {
    vi.stubEnv("TZ", "Asia/Shanghai");
    const pendingSince = new Map([["curl", "2026-11-20T01:00:00.000Z"]]);
    const part = await linuxPatch(contextOf(PC, { pendingSince }));
    expect(part.pending).toEqual({
      value: {
        security: 4,
        total: 6,
        packages: ["curl", "libgcrypt20", "libgcrypt20-dev", "linux-image-6.1.0-29-amd64"],
        since: "2026-11-20T01:00:00.000Z",
      },
      source: "apt-get -s dist-upgrade",
      confidence: "os-record",
      at: AT,
    });
    expect(part.lastInstalledAt).toMatchObject({ value: "2026-11-20T00:26:24.000Z" });
    expect(patchPart.parse(part)).toEqual(part);
  });

  it("does not call old lists the truth, but says the numbers", async () => {
    const mtimes = { "/var/lib/apt/lists/partial": FAKE_NOW_MS - 8 * DAY_MS };
    const part = await linuxPatch(contextOf({ ...PC, mtimes }));
    expect(part.pending).toMatchObject({
      unknown: "stale-source",
      detail: "4 security, 6 in all, by lists of 2026-11-15T01:00:00.000Z",
    });
  });

  it("cannot tell security updates apart without a security archive", async () => {
    const files = { "/var/lib/dpkg/status": "x", "/var/lib/apt/lists/archive.kylinos.cn_dists_10.1_Release": "" };
    const part = await linuxPatch(contextOf({ ...PC, files }));
    expect(part.pending).toMatchObject({
      unknown: "not-supported",
      detail: "6 in all; no security archive among the sources",
    });
  });

  it("reports a broken apt as it is", async () => {
    const commands = { "apt-get -s": { exitCode: 100, stderr: "E: The list of sources could not be read.\n" } };
    const part = await linuxPatch(contextOf({ ...PC, commands }));
    expect(part.pending).toMatchObject({
      unknown: "probe-failed",
      detail: "E: The list of sources could not be read.",
    });
  });

  it("wants a reboot by the marker, or by a newer kernel in /boot, and otherwise does not guess", async () => {
    const withFiles = (files: Record<string, string>) =>
      linuxPatch(contextOf({ ...PC, files: { ...(PC.files as Record<string, string>), ...files } }));
    expect((await withFiles({ "/run/reboot-required": "" })).rebootRequired).toMatchObject({ value: true });
    const kernels = { "/boot/vmlinuz-6.1.0-28-amd64": "", "/boot/vmlinuz-6.1.0-9-amd64": "" };
    expect((await withFiles(kernels)).rebootRequired).toMatchObject({ value: false, source: "/boot/vmlinuz-*" });
    expect((await withFiles({ ...kernels, "/boot/vmlinuz-6.1.0-29-amd64": "" })).rebootRequired).toMatchObject({
      value: true,
    });
    expect((await withFiles({})).rebootRequired).toMatchObject({ unknown: "not-recorded" });
  });
});
