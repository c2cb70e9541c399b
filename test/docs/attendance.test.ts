import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type * as z from "zod";
import { ATTENDANCE_DECISION_BODIES } from "../../collector/registry/attendance-decisions.ts";

const text = readFileSync(new URL("../../docs/attendance.md", import.meta.url), "utf8");
const bodies: Record<string, z.ZodType> = ATTENDANCE_DECISION_BODIES;

test("the evidence shown to officers is accepted", () => {
  const rows = JSON.parse(/```json\n(.*?)```/s.exec(text)?.[1] ?? "") as { kind: string; body: object }[];
  expect(rows).toHaveLength(2);
  for (const { kind, body } of rows) bodies[kind]?.parse({ ...body, by: "officer" });
});

test("every kind of evidence that is named exists", () => {
  const named = [...text.matchAll(/`(attendance\.[a-z-]+)`/g)].map(([, kind]) => kind);
  expect(Object.keys(bodies)).toEqual(expect.arrayContaining(named));
});
