/** KQ 2 to 4: who approves what, by the kind of person and the length of the absence. */
import { describe, expect, test } from "vitest";
import { needsSubstitute, routeOf } from "../../../collector/attendance/approvals.ts";
import { PERSON_KINDS } from "../../../collector/attendance/facts.ts";

describe.each(["official", "personal"] as const)("being away (%s)", (type) => {
  test.each([
    ["window", 1, "KQ 2(一)", ["window_head"]],
    ["window", 2, "KQ 2(二)", ["window_head", "home_unit"]],
    ["window", 3, "KQ 2(二)", ["window_head", "home_unit"]],
    ["window_head", 1, "KQ 2(二)", ["home_unit"]],
    ["window_head", 2, "KQ 2(二)", ["home_unit"]],
    ["office", 1, "KQ 2(三)", ["office_head"]],
    ["office", 2, "KQ 2(三)", ["office_head"]],
    ["office_head", 1, "KQ 2(三)", ["bureau_leader"]],
    ["office_head", 2, "KQ 2(三)", ["bureau_leader"]],
  ] as const)("a %s for %i half-days, by %s: %j", (kind, halves, article, roles) => {
    expect(routeOf(type, kind, halves)).toEqual({ roles, article });
  });
});

test.each([
  ["window", "KQ 4(一)", ["window_head", "home_unit"]],
  ["window_head", "KQ 4(一)", ["home_unit"]],
  ["office", "KQ 4(二)", ["office_head", "bureau_leader"]],
  ["office_head", "KQ 4(二)", ["bureau_leader"]],
] as const)("公休 of a %s, half a day or five, by %s: %j", (kind, article, roles) => {
  expect(routeOf("annual", kind, 1)).toEqual({ roles, article });
  expect(routeOf("annual", kind, 10)).toEqual({ roles, article });
});

test.each(PERSON_KINDS)("KQ 3: a sick %s needs the certificate and nobody's approval", (kind) => {
  expect(routeOf("sick", kind, 4)).toEqual({ roles: [], article: "KQ 3" });
});

test("KQ 4(一): window staff, heads too, leave on 公休 once the substitute is in place; no other absence asks for one", () => {
  const asked = PERSON_KINDS.flatMap((kind) =>
    (["annual", "personal", "official", "sick"] as const)
      .filter((type) => needsSubstitute(type, kind))
      .map((type) => `${kind} ${type}`),
  );
  expect(asked).toEqual(["window annual", "window_head annual"]);
});
