/** Officers' decisions: what is refused, what they leave behind, and that two of them cannot promise the same address. */
import { expect, test } from "vitest";
import { listGrants, listPcs } from "../../../collector/registry/lists.ts";
import { approvePc, grantIp, type RegistryDeps, retirePc, revokeIp } from "../../../collector/registry/registry.ts";
import { Site } from "../projections/support/site.ts";

const OFFICER = { by: "cli:wang", reason: "申请单 2026-17" };
const GRANT = { source: "pc-1", address: "10.1.2.3", from: "2026-11-01", reference: "2026-17" };
const ENTRY = { source: "pc-1", unit: "房产窗口", custodian: "李" };

async function open(): Promise<{ site: Site; deps: RegistryDeps }> {
  const site = await Site.open();
  for (const name of ["pc-1", "pc-2"]) await site.enrol(name);
  await site.enrol("hall", "reader");
  await site.projector.start();
  return { site, deps: { store: site.store, applied: (id) => site.projector.applied(id) } };
}

test("an approved PC is in the register with its unit, custodian, role and zone, by whom and when", async () => {
  const { site, deps } = await open();
  await approvePc(deps, { ...ENTRY, role: "server", zone: "outer", note: "备用" }, OFFICER);
  const [pc] = await listPcs(site.store);
  expect(pc).toEqual({
    id: expect.any(Number),
    source: "pc-1",
    hostname: "pc-1",
    simulated: false,
    state: "approved",
    unit: "房产窗口",
    custodian: "李",
    role: "server",
    zone: "outer",
    note: "备用",
    firstSeenAt: site.now,
    decidedAt: site.now,
    decidedBy: "cli:wang",
  });
});

test("a later approval changes what it names and keeps the rest", async () => {
  const { site, deps } = await open();
  await approvePc(deps, { ...ENTRY, role: "server" }, OFFICER);
  const { pc } = await approvePc(deps, { source: "pc-1", custodian: "赵" }, OFFICER);
  expect(pc).toMatchObject({ unit: "房产窗口", custodian: "赵", role: "server" });
  await retirePc(deps, { source: "pc-1" }, OFFICER);
  expect(await listPcs(site.store, { state: "retired" })).toMatchObject([{ source: "pc-1", custodian: "赵" }]);
});

test("an approval needs a unit and a custodian, and a PC; a retirement a reason, and one that is not retired", async () => {
  const { deps } = await open();
  await expect(approvePc(deps, { source: "pc-1", custodian: "李" }, OFFICER)).rejects.toMatchObject({
    code: "unit-required",
  });
  await expect(approvePc(deps, { source: "pc-1", unit: "窗口" }, OFFICER)).rejects.toMatchObject({
    code: "custodian-required",
  });
  await expect(approvePc(deps, { ...ENTRY, source: "nobody" }, OFFICER)).rejects.toMatchObject({
    code: "unknown-source",
  });
  await expect(approvePc(deps, { ...ENTRY, source: "hall" }, OFFICER)).rejects.toMatchObject({ code: "not-a-pc" });
  await expect(retirePc(deps, { source: "pc-1" }, { by: "x" })).rejects.toMatchObject({ code: "reason-required" });
  await retirePc(deps, { source: "pc-1" }, OFFICER);
  await expect(retirePc(deps, { source: "pc-1" }, OFFICER)).rejects.toMatchObject({ code: "already-retired" });
});

test("a grant stands in the ledger in canonical form, until it is revoked with a reason", async () => {
  const { site, deps } = await open();
  const { grant, record } = await grantIp(deps, { ...GRANT, address: "2001:0DB8::0007", to: "2026-12-31" }, OFFICER);
  expect(grant).toEqual({
    id: record,
    source: "pc-1",
    address: "2001:db8::7",
    from: "2026-11-01",
    to: "2026-12-31",
    reference: "2026-17",
  });
  expect(await listGrants(site.store, { source: "pc-1" })).toEqual([
    { ...grant, grantedBy: "cli:wang", grantedAt: site.now, revokedAt: null, revokedBy: null, revokeReason: null },
  ]);
  await revokeIp(deps, { grant: record ?? 0 }, OFFICER);
  expect(await listGrants(site.store)).toEqual([]);
  expect(await listGrants(site.store, { revoked: true })).toMatchObject([
    { revokedAt: site.now, revokedBy: "cli:wang", revokeReason: "申请单 2026-17" },
  ]);
  await expect(revokeIp(deps, { grant: record ?? 0 }, OFFICER)).rejects.toMatchObject({ code: "already-revoked" });
});

test.each([
  [{ address: "10.1.2" }, "bad-address"],
  [{ address: "127.0.0.1" }, "bad-address"],
  [{ address: "fe80::1" }, "bad-address"],
  [{ address: "10.1.2.3/24" }, "bad-address"],
  [{ from: "2026-02-30" }, "bad-date"],
  [{ from: "1.11.2026" }, "bad-date"],
  [{ to: "2026-13-01" }, "bad-date"],
  [{ to: "2026-10-31" }, "bad-range"],
  [{ reference: " " }, "reference-required"],
  [{ source: "nobody" }, "unknown-source"],
  [{ source: "hall" }, "not-a-pc"],
])("a grant with %j is refused as %s", async (change, code) => {
  const { deps } = await open();
  await expect(grantIp(deps, { ...GRANT, ...change }, OFFICER)).rejects.toMatchObject({ code });
});

test.each([
  ["2026-11-10", "2026-11-20", "address-taken"],
  ["2026-10-01", "2026-11-10", "address-taken"],
  ["2026-11-20", null, "address-taken"],
  ["2026-10-01", "2026-11-09", undefined],
  ["2026-11-21", null, undefined],
])("an address granted from 11-10 to 11-20 can be another's from %s to %s: %s", async (from, to, code) => {
  const { deps } = await open();
  await grantIp(deps, { ...GRANT, from: "2026-11-10", to: "2026-11-20" }, OFFICER);
  const second = grantIp(deps, { ...GRANT, source: "pc-2", from, to }, OFFICER);
  if (code) await expect(second).rejects.toMatchObject({ code });
  else await expect(second).resolves.toMatchObject({ dryRun: false });
});

test("one segment serves many PCs, each once", async () => {
  const { deps } = await open();
  await grantIp(deps, { ...GRANT, address: "10.1.2.0/24" }, OFFICER);
  await grantIp(deps, { ...GRANT, source: "pc-2", address: "10.1.2.0/24" }, OFFICER);
  const again = grantIp(deps, { ...GRANT, address: "10.1.2.0/24" }, OFFICER);
  await expect(again).rejects.toMatchObject({ code: "already-granted" });
});

test("an address that was revoked can be granted to another", async () => {
  const { deps } = await open();
  const { record } = await grantIp(deps, GRANT, OFFICER);
  await revokeIp(deps, { grant: record ?? 0 }, OFFICER);
  await expect(grantIp(deps, { ...GRANT, source: "pc-2" }, OFFICER)).resolves.toMatchObject({ dryRun: false });
});

test("of two officers who grant one address at once, one is refused, although no projection runs", async () => {
  const { site } = await open();
  await site.projector.stop();
  const deps = { store: site.store };
  const answers = await Promise.allSettled([
    grantIp(deps, GRANT, OFFICER),
    grantIp(deps, { ...GRANT, source: "pc-2" }, OFFICER),
  ]);
  expect(answers.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
  const [granted] = answers;
  const record = granted?.status === "fulfilled" ? granted.value.record : null;
  await revokeIp(deps, { grant: record ?? 0 }, OFFICER);
  await expect(revokeIp(deps, { grant: record ?? 0 }, OFFICER)).rejects.toMatchObject({ code: "already-revoked" });
});

test("a dry run checks everything and decides nothing", async () => {
  const { site, deps } = await open();
  await grantIp(deps, GRANT, OFFICER);
  const before = site.store.stats().lastRecordId;
  const wanted = { ...GRANT, source: "pc-2", address: "10.1.2.4" };
  expect(await grantIp(deps, wanted, OFFICER, { dryRun: true })).toMatchObject({
    record: null,
    dryRun: true,
    grant: { id: null },
  });
  await expect(grantIp(deps, { ...GRANT, source: "pc-2" }, OFFICER, { dryRun: true })).rejects.toMatchObject({
    code: "address-taken",
  });
  await approvePc(deps, ENTRY, OFFICER, { dryRun: true });
  expect(site.store.stats().lastRecordId).toBe(before);
});
