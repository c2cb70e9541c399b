import { describe, expect, it } from "vitest";
import { linuxIdentity } from "../../../../agent/probes/identity/linux.ts";
import { identityPart } from "../../../../protocol/messages/records/posture.ts";
import { AT, contextOf } from "../../support/probe-context.ts";

const session = (user: string, sessionClass: string, state = "active") =>
  `# This is private data. Do not parse.\nUID=1000\nUSER=${user}\nACTIVE=1\nSTATE=${state}\nCLASS=${sessionClass}\n`;

describe("the identity part on Linux", () => {
  it("lists people, not login screens, service managers or sessions that are closing", async () => {
    const part = await linuxIdentity(
      contextOf({
        files: {
          "/run/systemd/sessions/2": session("wang", "user"),
          "/run/systemd/sessions/3": session("wang", "user"),
          "/run/systemd/sessions/c1": session("lightdm", "greeter"),
          "/run/systemd/sessions/4": session("li", "user", "closing"),
          "/run/systemd/sessions/5": session("zhao", "manager"),
          "/etc/os-release": "ID=debian\nVERSION_ID=12\n",
          "/sys/block/nvme0n1/device/serial": "S3Z8NB0K123456 \n",
          "/etc/machine-id": "3d1219c7c4c5404aaa1f6d2a48adfda4\n",
        },
        links: { "/etc/localtime": "/usr/share/zoneinfo/Asia/Shanghai" },
      }),
    );
    expect(part.users).toEqual({ value: ["wang"], source: "/run/systemd/sessions", confidence: "os-record", at: AT });
    expect(part.timeZone).toMatchObject({ value: "Asia/Shanghai" });
    expect(part.hardware).toMatchObject({ value: { diskSerial: expect.any(String), machineId: expect.any(String) } });
    expect(identityPart.parse(part)).toEqual(part);
  });

  it("knows nothing of a bare container, and says why", async () => {
    const part = await linuxIdentity(contextOf({}));
    expect(part).toMatchObject({
      os: { unknown: "not-recorded" },
      hardware: { unknown: "not-recorded" },
      users: { unknown: "not-installed", source: "who" },
      timeZone: { unknown: "not-recorded" },
    });
  });
});
