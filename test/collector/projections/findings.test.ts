/** A finding opens, is updated, resolves by itself and keeps its history; an alert is raised once. */
import { expect, test } from "vitest";
import { HOUR_MS, notKnown, postureOf } from "./support/reports.ts";
import { Site } from "./support/site.ts";

async function eventsOf(site: Site, rule: string) {
  return await site.store.read
    .selectFrom("finding_event")
    .innerJoin("finding", "finding.id", "finding_event.finding_id")
    .selectAll("finding_event")
    .where("rule", "=", rule)
    .orderBy("finding_event.id")
    .execute();
}

test("a PC in order has no findings", async () => {
  const site = await Site.open();
  await site.office("pc-1");
  expect(await site.findings()).toEqual([]);
});

test("an address outside the ledger opens a finding, another one updates it, a grant resolves it, and there is one alert", async () => {
  const site = await Site.open();
  const pc = await site.office("pc-1", { address: "10.1.2.3" });
  await site.pass(HOUR_MS);
  const changedAt = site.now;
  await site.report("pc-1", { ...pc, address: "10.1.2.77" });
  await site.pass(1_000);
  await site.report("pc-1", { ...pc, address: "10.1.2.88", origin: "dhcp" });
  await site.pass(1_000);
  await site.grant("pc-1", "10.1.2.88");
  await site.projector.catchUp();

  expect(await site.findings()).toEqual(["pc-1: WG14-ip-change resolved"]);
  const events = await eventsOf(site, "WG14-ip-change");
  expect(events.map(({ at, event }) => [at - changedAt, event])).toEqual([
    [0, "opened"],
    [1_000, "updated"],
    [2_000, "resolved"],
  ]);
  expect(JSON.parse(events[0]?.evidence ?? "")).toEqual({
    reason: "outside-ledger",
    addresses: [{ address: "10.1.2.77", prefix: 24, origin: "manual", adapter: "eth0", mac: "02:00:00:00:00:01" }],
    previous: ["10.1.2.3"],
    granted: ["10.1.2.3"],
    grantedTo: {},
    observed: {
      changedAt,
      heldSeconds: null,
      seenAddress: "10.9.9.9",
      offsetMs: 0,
      collectedAt: new Date(changedAt).toISOString(),
    },
  });
  const alerts = await site.store.read.selectFrom("alert").select(["finding_id", "at"]).execute();
  expect(alerts.slice(1)).toEqual([{ finding_id: events[0]?.finding_id, at: changedAt }]);
});

test("a report that repeats what is known changes no finding", async () => {
  const site = await Site.open();
  const pc = await site.office("pc-1");
  await site.report("pc-1", { ...pc, address: "10.1.2.77" });
  await site.pass(1_000);
  await site.report("pc-1", { ...pc, address: "10.1.2.77" }, "daily");
  await site.pass(1_000);
  expect((await eventsOf(site, "WG14-ip-change")).map(({ event }) => event)).toEqual(["opened"]);
});

test("an agent's own ip-change counts before the posture that confirms it, and tells how long it was watched", async () => {
  const site = await Site.open();
  const pc = await site.office("pc-1");
  await site.pass(1_000);
  const held = (address: string) => [{ address, prefix: 24, origin: "manual" as const }];
  await site.record("pc-1", "ip-change", {
    adapter: "eth0",
    from: held(pc.address),
    to: held("10.1.2.77"),
    heldSeconds: 12,
  });
  await site.projector.catchUp();
  const [opened] = await eventsOf(site, "WG14-ip-change");
  expect(JSON.parse(opened?.evidence ?? "{}")).toMatchObject({
    addresses: [{ address: "10.1.2.77" }],
    previous: ["10.1.2.3"],
    observed: { heldSeconds: 12 },
  });
  await site.pass(1_000);
  await site.report("pc-1", pc);
  await site.projector.catchUp();
  expect(await site.findings("pc-1")).toEqual(["WG14-ip-change resolved"]);
});

test("a failure is a finding only after its grace, and none when it ended before", async () => {
  const site = await Site.open();
  const pc = await site.office("pc-1");
  await site.report("pc-1", { ...pc, protection: false });
  await site.pass(299_000);
  expect(await site.verdict("pc-1", "WG18-protection-off")).toBe("fail: off");
  expect(await site.findings()).toEqual([]);
  await site.report("pc-1", pc);
  await site.pass(60_000);
  expect(await site.findings()).toEqual([]);

  const offAt = site.now;
  await site.report("pc-1", { ...pc, protection: false });
  await site.pass(301_000);
  const events = await eventsOf(site, "WG18-protection-off");
  expect(events.map(({ at, event }) => [at, event])).toEqual([[offAt + 300_000, "opened"]]);
});

test("what is unknown neither opens nor resolves, and shows as unknown", async () => {
  const site = await Site.open();
  const pc = await site.office("pc-1");
  const unknown = postureOf(pc, site.now);
  if (unknown.antivirus.content) unknown.antivirus.content.products = notKnown("access-denied");
  await site.record("pc-1", "posture", unknown);
  await site.projector.catchUp();
  expect(await site.verdict("pc-1", "WG18-no-antivirus")).toBe("unknown: antivirus-unknown");
  expect(await site.findings()).toEqual([]);

  await site.report("pc-1", { ...pc, products: 0 });
  await site.projector.catchUp();
  await site.record("pc-1", "posture", { ...unknown, reason: "daily" });
  await site.projector.catchUp();
  expect(await site.findings()).toEqual(["pc-1: WG18-no-antivirus open"]);
});

test("a part known by its hash stays in force, an unknown hash makes it stale and its source is asked for the whole", async () => {
  const stale: string[] = [];
  const site = await Site.open({ onStale: (source) => stale.push(source) });
  const pc = await site.office("pc-1");
  await site.record("pc-1", "posture", postureOf(pc, site.now, "daily", ["antivirus"]));
  await site.projector.catchUp();
  expect(await site.verdict("pc-1", "WG18-no-antivirus")).toBe("pass");
  expect(stale).toEqual([]);

  await site.record("pc-1", "posture", postureOf({ ...pc, products: 2 }, site.now, "daily", ["antivirus"]));
  await site.projector.catchUp();
  expect(await site.verdict("pc-1", "WG18-no-antivirus")).toBe("unknown: antivirus-unknown");
  expect(stale).toEqual(["pc-1"]);
});

test("two PCs online with one address are both in conflict, until one of them gives it up", async () => {
  const site = await Site.open();
  await site.office("pc-1", { address: "10.1.2.3" });
  const second = await site.office("pc-2", { address: "10.1.2.4", mac: "02:00:00:00:00:02" });
  await site.report("pc-2", { ...second, address: "10.1.2.3" });
  await site.pass(61_000);
  expect(await site.findings()).toEqual([
    "pc-2: WG14-ip-change open",
    "pc-1: WG14-ip-conflict open",
    "pc-2: WG14-ip-conflict open",
  ]);
  const [conflict] = await eventsOf(site, "WG14-ip-conflict");
  expect(JSON.parse(conflict?.evidence ?? "{}")).toMatchObject({
    conflicts: [{ address: "10.1.2.3", others: [{ source: "pc-2", mac: "02:00:00:00:00:02" }] }],
  });
  await site.report("pc-2", second);
  await site.projector.catchUp();
  expect((await site.findings()).filter((finding) => finding.endsWith("open"))).toEqual([]);
});

test("a duplicate identity is a finding until the source is enrolled anew", async () => {
  const site = await Site.open();
  await site.office("pc-1");
  const body = {
    source: "pc-1",
    epoch: "00000000000000aa",
    detail: "two machines",
    addresses: ["10.1.2.3", "10.1.2.9"],
  };
  await site.decide({ kind: "source.duplicate", body });
  await site.projector.catchUp();
  expect(await site.findings("pc-1")).toEqual(["ID-duplicate open"]);
  const enrolled = { source: "pc-1", kind: "agent", hostname: "pc-1", simulated: false, by: "test" } as const;
  await site.decide({ kind: "source.enrolled", body: enrolled });
  await site.projector.catchUp();
  expect(await site.findings("pc-1")).toEqual(["ID-duplicate resolved"]);
});

test("a PC arrives as pending, which is a finding until it is approved", async () => {
  const site = await Site.open();
  await site.enrol("pc-1");
  await site.projector.catchUp();
  expect(await site.findings()).toEqual(["pc-1: XC1-unregistered open"]);
  expect(await site.store.read.selectFrom("pc").select(["state", "unit", "decided_by"]).execute()).toEqual([
    { state: "pending", unit: null, decided_by: null },
  ]);
  await site.approve("pc-1");
  await site.projector.catchUp();
  const [finding] = await site.store.read.selectFrom("finding").selectAll().execute();
  expect(finding).toMatchObject({ rule: "XC1-unregistered", state: "resolved", resolved_at: site.now });
});
