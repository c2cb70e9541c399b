import { expect, test } from "vitest";
import { isChosen } from "../../../collector/cli/queries.ts";

const PC = { source: "pc-7", hostname: "SHEBAO-01", address: null, unit: "社保窗口", presence: "online" };

test.each([
  [{}, true],
  [{ unit: undefined, presence: undefined }, true],
  [{ unit: "社保窗口", presence: "online" }, true],
  [{ unit: "社保窗口", presence: "lost" }, false],
  [{ unit: "社保" }, false],
  [{ search: "shebao" }, true],
  [{ search: "PC-7" }, true],
  [{ search: "10.0" }, false],
  [{ rule: "WG14-ip-change" }, false],
])("what is followed is chosen by the list's filters: %j", (filters, isShown) => {
  expect(isChosen(PC, filters)).toBe(isShown);
});
