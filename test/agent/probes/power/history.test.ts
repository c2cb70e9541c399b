import { describe, expect, it } from "vitest";
import { foldHistory, type HistoryEvidence } from "../../../../agent/probes/power/history.ts";
import { judgeEnd, parseEntries, parseListBoots, sleepEntries } from "../../../../agent/probes/power/journal.ts";
import { parseLast } from "../../../../agent/probes/power/last.ts";
import { linuxPower } from "../../../../agent/probes/power/linux.ts";
import { powerBody } from "../../../../protocol/messages/records/agent-events.ts";
import { contextOf } from "../../support/probe-context.ts";

/** Printed by util-linux 2.38 `last -xF` (TZ=UTC) over a wtmp of three boots, the second of which ended with a power cut. */
const LAST = `reboot   system boot  6.1.0-28-amd64   Mon Nov 23 00:02:05 2026   still running
wang     pts/0        10.20.3.9        Sat Nov 21 01:00:00 2026 - crash                    (1+23:02)
reboot   system boot  6.1.0-28-amd64   Sat Nov 21 00:03:44 2026   still running
shutdown system down  6.1.0-28-amd64   Fri Nov 20 10:02:11 2026 - Sat Nov 21 00:03:44 2026  (14:01)
wang     pts/0        10.20.3.9        Fri Nov 20 01:00:00 2026 - down                      (09:02)
runlevel (to lvl 5)   6.1.0-28-amd64   Fri Nov 20 00:01:20 2026 - Fri Nov 20 10:02:11 2026  (10:00)
reboot   system boot  6.1.0-28-amd64   Fri Nov 20 00:01:12 2026 - Fri Nov 20 10:02:11 2026  (10:00)

wtmp begins Fri Nov 20 00:01:12 2026
`;

const BOOT_A = "a".repeat(32);
const BOOT_B = "b".repeat(32);
const at = (text: string) => Date.parse(`2026-11-${text}Z`);
const current = { bootId: BOOT_B, startedMs: at("23T00:02:03") };
const NOTHING: HistoryEvidence = { current, wtmp: [], journal: [], ends: new Map() };

const entry = (fields: Record<string, unknown>) =>
  JSON.stringify({ __REALTIME_TIMESTAMP: "1795168931000000", SYSLOG_IDENTIFIER: "systemd", ...fields });
const CLEAN_END = [
  entry({
    MESSAGE: "System is powering down.",
    MESSAGE_ID: "98268866d1d54a499c4e98921d93bc40",
    SYSLOG_IDENTIFIER: "systemd-logind",
  }),
  entry({ MESSAGE: "Stopped target Multi-User System." }),
  entry({ MESSAGE: "Syncing filesystems and block devices.", SYSLOG_IDENTIFIER: "systemd-shutdown" }),
  entry({
    MESSAGE: "Journal stopped",
    MESSAGE_ID: "d93fb3c9c24d451a97cea615ce59c00b",
    SYSLOG_IDENTIFIER: "systemd-journald",
  }),
].join("\n");

describe("last -xF", () => {
  it("gives boots and shutdowns, oldest first", () => {
    expect(parseLast(LAST).map(({ type, atMs }) => [type, atMs])).toEqual([
      ["boot", at("20T00:01:12")],
      ["shutdown", at("20T10:02:11")],
      ["boot", at("21T00:03:44")],
      ["boot", at("23T00:02:05")],
    ]);
  });

  it("is empty for an empty wtmp", () => {
    expect(parseLast("\nwtmp begins Tue May 20 00:00:00 2025\n")).toEqual([]);
  });
});

describe("journalctl --list-boots", () => {
  const boots = [
    { bootId: BOOT_A, firstMs: 1646490033438, lastMs: 1646493561047 },
    { bootId: BOOT_B, firstMs: 1646497437000, lastMs: 1646500000000 },
  ];

  it("reads JSON of old and new key names", () => {
    const rows = [
      { index: 0, boot_id: BOOT_B, first_entry: 1646497437000000, last_entry: 1646500000000000 },
      { "#": "-1", boot_id: BOOT_A, first_entry: 1646490033438495, last_entry: 1646493561047353 },
    ];
    expect(parseListBoots(JSON.stringify(rows))).toEqual(boots);
  });

  it("reads the text of versions without JSON here", () => {
    const text = ` -1 ${BOOT_A} Sat 2026-11-21 00:03:44 UTC—Sat 2026-11-21 10:01:00 UTC\n  0 ${BOOT_B} Mon 2026-11-23 00:02:05 UTC—Mon 2026-11-23 01:00:00 UTC\n`;
    expect(parseListBoots(text)).toEqual([
      { bootId: BOOT_A, firstMs: at("21T00:03:44"), lastMs: at("21T10:01:00") },
      { bootId: BOOT_B, firstMs: at("23T00:02:05"), lastMs: at("23T01:00:00") },
    ]);
    const table = `IDX BOOT ID                          FIRST ENTRY                 LAST ENTRY\n 0 ${BOOT_B} Mon 2026-11-23 00:02:05 UTC Mon 2026-11-23 01:00:00 UTC\n`;
    expect(parseListBoots(table)).toHaveLength(1);
    expect(parseListBoots("")).toEqual([]);
  });
});

describe("the end of a boot in the journal", () => {
  it("is clean when the system says that it goes down", () => {
    expect(judgeEnd(parseEntries(CLEAN_END))).toEqual({
      clean: true,
      atMs: 1795168931000,
      reason: "System is powering down.",
      evidence: [
        "systemd-logind: System is powering down.",
        "systemd-shutdown: Syncing filesystems and block devices.",
        "systemd-journald: Journal stopped",
      ],
    });
  });

  it("is not clean when the lines just end", () => {
    const end = judgeEnd(parseEntries(entry({ MESSAGE: "Started Daily apt activities." })));
    expect(end).toMatchObject({
      clean: false,
      atMs: 1795168931000,
      evidence: ["systemd: Started Daily apt activities."],
    });
  });

  it("fits into a record however long its last line is", () => {
    const { evidence } = judgeEnd(parseEntries(entry({ MESSAGE: "x".repeat(10_000) })));
    expect(powerBody.parse({ event: "unexpected-shutdown", source: "journal", evidence }).evidence).toHaveLength(1);
  });

  it("finds sleep and waking by systemd's message ids", () => {
    const text = [
      entry({ MESSAGE: "Entering sleep state 'suspend'...", MESSAGE_ID: "6bbd95ee977941e497c48be27c254128" }),
      entry({
        MESSAGE: "System returned from sleep operation 'suspend'.",
        MESSAGE_ID: "8811e6df2a8e40f58a94cea26f8ebf14",
      }),
      entry({ MESSAGE: [1, 2, 3] }),
    ].join("\n");
    expect(sleepEntries(parseEntries(text)).map(({ event }) => event)).toEqual(["sleep", "wake"]);
  });
});

describe("the history of boots", () => {
  it("has only the running boot where no log reaches back", () => {
    expect(foldHistory(NOTHING)).toMatchObject([{ bootId: BOOT_B, startedMs: current.startedMs }]);
  });

  it("calls a boot that is followed by another without a shutdown between them unclean", () => {
    const boots = foldHistory({ ...NOTHING, wtmp: parseLast(LAST) });
    expect(boots.map(({ startedMs, stop }) => [startedMs, stop?.clean, stop?.atMs])).toEqual([
      [at("20T00:01:12"), true, at("20T10:02:11")],
      [at("21T00:03:44"), false, undefined],
      [current.startedMs, undefined, undefined],
    ]);
  });

  it("keeps a last boot that wtmp does not know to be over apart from the running one", () => {
    const wtmp = parseLast(LAST).slice(0, 3);
    const boots = foldHistory({ ...NOTHING, wtmp });
    expect(boots.map(({ stop }) => stop?.clean)).toEqual([true, false, undefined]);
  });

  it("takes boots and ids from the journal where it reaches back, and the shutdown from either", () => {
    const journal = [
      { bootId: BOOT_A, firstMs: at("21T00:03:44"), lastMs: at("21T10:01:00") },
      { bootId: BOOT_B, firstMs: at("23T00:02:05"), lastMs: at("23T01:00:00") },
    ];
    const unclean = judgeEnd(parseEntries(entry({ MESSAGE: "x" })));
    const byJournal = foldHistory({ ...NOTHING, journal, ends: new Map([[BOOT_A, unclean]]) });
    expect(byJournal).toMatchObject([
      { bootId: BOOT_A, stop: { clean: false, source: "journal" } },
      { bootId: BOOT_B },
    ]);
    const wtmp = [{ type: "shutdown" as const, atMs: at("21T10:01:02"), line: "shutdown system down" }];
    const byWtmp = foldHistory({ ...NOTHING, journal, wtmp, ends: new Map([[BOOT_A, unclean]]) });
    expect(byWtmp[0]?.stop).toMatchObject({ clean: true, source: "wtmp", atMs: at("21T10:01:02") });
    expect(foldHistory({ ...NOTHING, journal })[0]?.stop).toBeUndefined();
  });
});

describe("the power part on Linux", () => {
  const files = {
    "/proc/sys/kernel/random/boot_id": "bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb\n",
    "/proc/stat": `cpu  1 2 3\nbtime ${current.startedMs / 1000}\nprocesses 1\n`,
  };

  it("tells boot id, boot time and how the boot before ended", async () => {
    const part = await linuxPower(contextOf({ files, commands: { "last -xF": LAST } }));
    expect(part).toMatchObject({
      bootId: { value: BOOT_B },
      bootedAt: { value: "2026-11-23T00:02:03.000Z" },
      previousStop: { value: { clean: false }, source: "wtmp" },
      fastStartup: { unknown: "not-supported" },
    });
  });

  it("does not know how the boot before ended without a log", async () => {
    expect((await linuxPower(contextOf({ files }))).previousStop).toMatchObject({ unknown: "not-recorded" });
  });
});
