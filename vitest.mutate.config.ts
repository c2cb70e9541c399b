/** The tests of the attendance engine, for the mutation run. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/collector/attendance/**/*.test.ts"],
    // One worker a mutant, and it ends with it: what is loaded once is loaded with the mutant.
    isolate: false,
    testTimeout: 20_000,
  },
});
