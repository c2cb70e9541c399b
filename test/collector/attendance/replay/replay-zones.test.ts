import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

test("a replay gives the same bytes wherever the process runs", () => {
  const script = fileURLToPath(new URL("../../../support/print-replay.ts", import.meta.url));
  const cases = fileURLToPath(new URL("../cases.json", import.meta.url));
  const outputs = ["UTC", "Asia/Shanghai", "America/New_York"].map((TZ) =>
    execFileSync(process.execPath, ["--import", "tsx", script, cases], { env: { ...process.env, TZ } }).toString(),
  );
  expect(outputs[0]?.length).toBeGreaterThan(1000);
  expect(new Set(outputs).size).toBe(1);
});
