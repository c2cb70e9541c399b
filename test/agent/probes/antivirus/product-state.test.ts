import { expect, it } from "vitest";
import { decodeProductState } from "../../../../agent/probes/antivirus/product-state.ts";

it.each([
  [266240, "on", true],
  [266256, "on", false],
  [397312, "on", true],
  [397568, "on", true],
  [393472, "off", true],
  [0x2000, "snoozed", true],
  [0x3010, "expired", false],
  [0x9000, "unknown", true],
  [0x1020, "on", undefined],
])("productState %i is %s, definitions current: %s", (value, state, definitionsCurrent) => {
  expect(decodeProductState(value)).toEqual({ state, definitionsCurrent });
});
