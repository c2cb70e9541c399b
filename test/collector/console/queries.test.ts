import { describe, expect, test } from "vitest";
import { findAlerts, findFindings, findingQuery } from "../../../collector/console/queries/findings.ts";
import { findMachines, findPostures, machineQuery } from "../../../collector/console/queries/machines.ts";
import { findRecords } from "../../../collector/console/queries/records.ts";
import type { Store } from "../../../collector/store/port.ts";
import { addSource, openTestStore } from "../../support/test-store.ts";

async function commit(store: Store, source: string, ...kinds: string[]): Promise<void> {
  const records = kinds.map((kind, index) => ({
    seq: index + 1,
    kind,
    at: Date.parse("2026-11-23T01:00:00.000Z"),
    body: JSON.stringify({ number: index + 1 }),
  }));
  const group = { source, site: "hall", epoch: "9f00000000000001", expected: 0, first: 1, count: records.length };
  const seen = { receivedAt: Date.parse("2026-11-23T01:00:02.000Z"), address: "10.0.0.7", offsetMs: -2000 };
  await store.commitGroups([{ ...group, ...seen, records, quarantined: [] }]);
}

async function addMachine(store: Store, name: string, address: string): Promise<void> {
  const source_id = await addSource(store, name);
  const parts = JSON.stringify({ network: { hash: "00", content: { address } } });
  const absent = { os: null, seen_address: null, presence_cause: null, offset_ms: null };
  const row = { source_id, hostname: name, address, presence: "online" as const, presence_at: 1, last_record_at: 1 };
  await store.write((tx) =>
    tx
      .insertInto("machine")
      .values({ ...absent, ...row, parts, power: "[]" })
      .execute(),
  );
}

describe("records from the evidence", () => {
  test("come newest first, of one kind and one source, as they were received", async () => {
    const store = await openTestStore();
    await addSource(store, "pc-1");
    await addSource(store, "pc-2");
    await commit(store, "pc-1", "posture", "gap", "posture");
    await commit(store, "pc-2", "gap");
    const page = await findRecords(store, "gap", { limit: 10 });
    expect(page.items.map(({ source, number }) => `${source} ${number}`)).toEqual(["pc-2 1", "pc-1 2"]);
    expect(page.next).toBeNull();
    expect((await findRecords(store, "gap", { limit: 10, source: "pc-1" })).items).toEqual([
      {
        id: expect.any(Number),
        source: "pc-1",
        simulated: false,
        number: 2,
        at: "2026-11-23T01:00:00.000Z",
        receivedAt: "2026-11-23T01:00:02.000Z",
        address: "10.0.0.7",
        offsetMs: -2000,
        body: { number: 2 },
      },
    ]);
  });

  test.each([1, 3, 100])(
    "are all found by following the pages, when a request may look through %i of them",
    async (scannedMax) => {
      const store = await openTestStore();
      await addSource(store, "pc-1");
      await commit(store, "pc-1", "gap", "posture", "posture", "posture", "gap", "gap", "gap");
      const numbers: number[] = [];
      let cursor: string | null = null;
      do {
        const page = await findRecords(store, "gap", { limit: 2, ...(cursor ? { cursor } : {}) }, scannedMax);
        numbers.push(...page.items.map(({ number }) => number));
        cursor = page.next;
      } while (cursor !== null);
      expect(numbers).toEqual([7, 6, 5, 1]);
    },
  );

  test("are none in an empty database", async () => {
    const store = await openTestStore();
    expect(await findRecords(store, "posture", { limit: 10 })).toEqual({ items: [], next: null });
  });
});

describe("machines", () => {
  test.each([
    ["pc_1", ["pc_1"]],
    ["%", []],
    ["10.0.0.", ["pc_1", "pc-1", "pc21"]],
    ["\\", []],
  ])("are searched for %j literally", async (search, names) => {
    const store = await openTestStore();
    for (const [index, name] of ["pc_1", "pc-1", "pc21"].entries()) await addMachine(store, name, `10.0.0.${index}`);
    const { items } = await findMachines(store, machineQuery.parse({ search }));
    expect(items.map(({ source }) => source)).toEqual(names);
  });

  test("show the posture as last told, page by page", async () => {
    const store = await openTestStore();
    for (const [index, name] of ["a", "b", "c"].entries()) await addMachine(store, name, `10.0.0.${index}`);
    const first = await findPostures(store, machineQuery.parse({ limit: 2 }));
    expect(first.items.map(({ source }) => source)).toEqual(["a", "b"]);
    const second = await findPostures(store, machineQuery.parse({ limit: 2, cursor: first.next }));
    expect(second).toEqual({
      items: [
        {
          source: "c",
          simulated: false,
          hostname: "c",
          lastRecordAt: "1970-01-01T00:00:00.001Z",
          parts: { network: { hash: "00", content: { address: "10.0.0.2" } } },
        },
      ],
      next: null,
    });
  });
});

/** A finding of a rule that is no more, with its alert. */
async function addFinding(
  store: Store,
  given: { id: number; source?: string; rule: string; isOpen?: boolean },
): Promise<void> {
  const { id, source, rule, isOpen = true } = given;
  const source_id = source === undefined ? null : await addSource(store, source);
  const state = isOpen ? ("open" as const) : ("resolved" as const);
  const times = { opened_at: 1, updated_at: 1, resolved_at: isOpen ? null : 1 };
  const finding = {
    rule,
    rule_version: 1,
    subject: "s",
    source_id,
    state,
    severity: "warning" as const,
    evidence: "{}",
  };
  await store.write(async (tx) => {
    const values = { id, ...finding, ...times };
    await tx.insertInto("finding").values(values).execute();
    await tx.insertInto("alert").values({ id, finding_id: id, at: 1 }).execute();
  });
}

test.each([
  [{}, ["c", "b", "a"]],
  [{ state: "open" }, ["c", "a"]],
  [{ rule: "b" }, ["b"]],
  [{ source: "pc-1" }, ["a"]],
  [{ severity: "critical" }, []],
  [{ unit: "社保窗口" }, []],
  [{ state: "resolved", rule: "a" }, []],
  [{ rule: "" }, ["c", "b", "a"]],
])("findings and their alerts are chosen alike, newest first: %j", async (filters, rules) => {
  const store = await openTestStore();
  await addFinding(store, { id: 1, source: "pc-1", rule: "a" });
  await addFinding(store, { id: 2, source: "pc-2", rule: "b", isOpen: false });
  await addFinding(store, { id: 3, rule: "c" });
  const query = findingQuery.parse(filters);
  const deps = { store, zone: "Asia/Shanghai" };
  const [findings, alerts] = [await findFindings(deps, query), await findAlerts(deps, query)];
  expect(findings.items.map(({ rule }) => rule)).toEqual(rules);
  expect(alerts.items.map(({ finding }) => finding.rule)).toEqual(rules);
});
