/** The tests of the attendance engine, for the mutation run. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/collector/attendance/**/*.test.ts"],
    // Its processes run the sources anew and never the mutant.
    exclude: ["test/collector/attendance/replay/replay-zones.test.ts"],
    testTimeout: 20_000,
  },
});
