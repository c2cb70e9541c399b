import { describe, expect, it } from "vitest";
import { readNewPowerEvents } from "../../../../agent/power/read-power-events.ts";
import { parseEvents } from "../../../../agent/probes/power/wevtutil.ts";
import { foldPowerEvents } from "../../../../agent/probes/power/windows-events.ts";
import { fakeOs } from "../../support/fake-os.ts";

interface Written {
  id: number;
  provider: string;
  record: number;
  at: string;
  data?: string;
}

/** One event as wevtutil prints it; `data` is the inside of EventData. */
const xml = ({ id, provider, record, at, data = "" }: Written) =>
  `<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='${provider}' Guid='{fc65ddd8-d6ef-4962-83d5-6e5cfe9ce148}'/><EventID Qualifiers='32768'>${id}</EventID><Version>0</Version><Level>4</Level><TimeCreated SystemTime='2026-11-${at}00Z'/><EventRecordID>${record}</EventRecordID><Channel>System</Channel><Computer>DT-0417</Computer></System><EventData>${data}</EventData></Event>`;

const GENERAL = "Microsoft-Windows-Kernel-General";
const POWER = "Microsoft-Windows-Kernel-Power";
const BOOT = "Microsoft-Windows-Kernel-Boot";
const REQUEST = `<Data Name='param1'>C:\\Windows\\System32\\RuntimeBroker.exe (DT-0417)</Data><Data Name='param2'>DT-0417</Data><Data Name='param3'>其他(计划外的)</Data><Data Name='param4'>0x0</Data><Data Name='param5'>关机</Data><Data Name='param6'></Data><Data Name='param7'>DT-0417\\wang &amp; li</Data>`;
const REQUEST_EN = REQUEST.replace("其他(计划外的)", "Other (Unplanned)").replace("关机", "power off");

const fold = (events: Written[]) =>
  foldPowerEvents(parseEvents(events.map(xml).join("\r\n"))).map(({ at, body }) => ({ at, ...body }));
const kinds = (events: Written[]) => fold(events).map(({ event }) => event);

const CLEAN: Written[] = [
  { id: 1074, provider: "User32", record: 100, at: "20T10:02:00.12345", data: REQUEST },
  { id: 6006, provider: "EventLog", record: 101, at: "20T10:02:05.00000" },
  { id: 13, provider: GENERAL, record: 102, at: "20T10:02:11.00000" },
  { id: 12, provider: GENERAL, record: 103, at: "21T00:01:12.00000" },
  { id: 27, provider: BOOT, record: 104, at: "21T00:01:12.00000", data: "<Data Name='BootType'>0</Data>" },
  { id: 6009, provider: "EventLog", record: 105, at: "21T00:01:20.00000" },
  { id: 6005, provider: "EventLog", record: 106, at: "21T00:01:20.00000" },
];

describe("events of the channel System", () => {
  it("are read from XML with entities, qualifiers and unnamed data", () => {
    const [event] = parseEvents(
      xml({
        id: 6008,
        provider: "EventLog",
        record: 7,
        at: "21T00:01:20.50000",
        data: "<Data>\u200e9:15:42</Data><Data/>",
      }),
    );
    expect(event).toEqual({
      recordId: 7,
      eventId: 6008,
      provider: "EventLog",
      at: "2026-11-21T00:01:20.500Z",
      data: { 0: "\u200e9:15:42", 1: "" },
    });
    expect(parseEvents("<Event><System><EventID>12</EventID></System></Event>")).toEqual([]);
  });

  it("tell a requested shutdown and the boot after it once each, with who asked", () => {
    const told = fold(CLEAN);
    expect(told).toMatchObject([
      {
        event: "shutdown",
        at: "2026-11-20T10:02:05.000Z",
        clean: true,
        requestedBy: "DT-0417\\wang & li, C:\\Windows\\System32\\RuntimeBroker.exe (DT-0417)",
        reason: "关机; 其他(计划外的); 0x0",
      },
      { event: "boot", at: "2026-11-21T00:01:12.000Z" },
    ]);
    expect(told.map(({ evidence }) => evidence.map((line) => line.split(" ")[0]))).toEqual([
      ["1074", "6006", "13"],
      ["12", "27", "6009", "6005"],
    ]);
  });

  it("say the same on an English system", () => {
    const english = CLEAN.map((event) => (event.id === 1074 ? { ...event, data: REQUEST_EN } : event));
    expect(fold(english)).toMatchObject([
      { event: "shutdown", reason: "power off; Other (Unplanned); 0x0" },
      { event: "boot" },
    ]);
  });

  it("tell an unexpected end, which the next boot writes down", () => {
    const told = fold([
      { id: 12, provider: GENERAL, record: 103, at: "21T00:01:12.00000" },
      { id: 41, provider: POWER, record: 104, at: "21T00:01:15.00000", data: "<Data Name='BugcheckCode'>0</Data>" },
      {
        id: 6008,
        provider: "EventLog",
        record: 105,
        at: "21T00:01:20.00000",
        data: "<Data>\u200e18:15:42</Data><Data>\u200e2026\u200e/\u200e11\u200e/\u200e20</Data>",
      },
      { id: 6009, provider: "EventLog", record: 106, at: "21T00:01:20.00000" },
      { id: 6005, provider: "EventLog", record: 107, at: "21T00:01:20.00000" },
    ]);
    expect(told).toMatchObject([{ event: "boot" }, { event: "unexpected-shutdown", clean: false }]);
    expect(told[1]?.evidence).toHaveLength(2);
  });

  it("see through Fast Startup: 1074, 42 and 27 with type 1 are a shutdown and a boot", () => {
    const told = fold([
      { id: 1074, provider: "User32", record: 100, at: "20T10:02:00.00000", data: REQUEST },
      { id: 42, provider: POWER, record: 101, at: "20T10:02:08.00000" },
      { id: 27, provider: BOOT, record: 102, at: "21T00:01:12.00000", data: "<Data Name='BootType'>1</Data>" },
    ]);
    expect(told).toMatchObject([
      {
        event: "shutdown",
        at: "2026-11-20T10:02:08.000Z",
        clean: true,
        reason: "关机; 其他(计划外的); 0x0 (Fast Startup)",
      },
      { event: "boot", at: "2026-11-21T00:01:12.000Z", reason: "Fast Startup" },
    ]);
  });

  it("tell sleep and waking, however many events each has", () => {
    const sleep: Written[] = [
      { id: 42, provider: POWER, record: 1, at: "20T04:00:00.00000" },
      { id: 107, provider: POWER, record: 2, at: "20T05:00:00.00000" },
      { id: 1, provider: "Microsoft-Windows-Power-Troubleshooter", record: 3, at: "20T05:00:02.00000" },
      { id: 506, provider: POWER, record: 4, at: "20T06:00:00.00000" },
      { id: 507, provider: POWER, record: 5, at: "20T06:30:00.00000" },
    ];
    expect(kinds(sleep)).toEqual(["sleep", "wake", "sleep", "wake"]);
  });

  it("ignore other providers' events of the same number", () => {
    expect(kinds([{ id: 41, provider: "Netlogon", record: 1, at: "20T04:00:00.00000" }])).toEqual([]);
  });

  it("keep two boots apart that no stop was written between", () => {
    const boot = (record: number, at: string): Written => ({ id: 12, provider: GENERAL, record, at });
    expect(kinds([boot(1, "20T00:00:00.00000"), boot(2, "21T00:00:00.00000")])).toEqual(["boot", "boot"]);
  });
});

describe("the bookmark in the event log", () => {
  const newest = (record: number) =>
    xml({ id: 7036, provider: "Service Control Manager", record, at: "21T00:02:00.00000" });
  const os = (record: number, events: string) =>
    fakeOs({
      family: "windows",
      commands: { "wevtutil.exe qe System /q:*[System": events, "wevtutil.exe qe System /q:*": newest(record) },
    });

  it("tells only the last stop and boot at a first start, and remembers where the log ends", async () => {
    const read = await readNewPowerEvents(os(120, CLEAN.map(xml).join("")), undefined);
    expect(read).toMatchObject({ ok: true, bookmark: { recordId: 120 } });
    expect(read.ok && read.records.map(({ body }) => body.event)).toEqual(["shutdown", "boot"]);
  });

  it("asks for what came since, and tells nothing twice", async () => {
    const fake = os(130, "");
    const read = await readNewPowerEvents(fake, { recordId: 120 });
    expect(read).toEqual({ ok: true, records: [], bookmark: { recordId: 130 } });
    expect(fake.ran[1]).toContain("(EventRecordID>120)");
  });

  it("reports a log whose ids run backwards as cleared", async () => {
    const read = await readNewPowerEvents(os(12, ""), { recordId: 120 });
    expect(read).toMatchObject({
      records: [{ body: { event: "log-cleared", evidence: ["EventRecordID was 120, the newest is now 12"] } }],
      bookmark: { recordId: 12 },
    });
  });
});
