import { expect, test } from "vitest";
import { RowsOfPeople } from "../../../../collector/attendance/evidence/rows-of-people.ts";

test("a row is its person's in the order of coming, and a later one with its id takes its place, also with another", () => {
  const rows = new RowsOfPeople<{ id: string; person: string; note: string }>();
  rows.set({ id: "1", person: "A", note: "first" });
  rows.set({ id: "2", person: "A", note: "second" });
  rows.set({ id: "1", person: "A", note: "corrected" });
  expect(rows.of("A").map(({ note }) => note)).toEqual(["corrected", "second"]);

  rows.set({ id: "2", person: "B", note: "it was B" });
  expect(rows.of("A").map(({ id }) => id)).toEqual(["1"]);
  expect(rows.of("B")).toEqual([rows.get("2")]);
  expect(rows.of("C")).toEqual([]);
  expect(rows.get("3")).toBeUndefined();

  rows.change("2", { note: "B it was" });
  rows.change("3", { id: "3", person: "B", note: "nobody's" });
  expect(rows.of("B")).toEqual([{ id: "2", person: "B", note: "B it was" }]);
  expect(rows.get("3")).toBeUndefined();
});
