import { expect, test } from "vitest";
import type { RebuildOptions } from "../../../collector/projections/runner.ts";
import { createRebuilder } from "../../../collector/wiring/rebuilder.ts";
import { AppError } from "../../../protocol/errors.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { settle } from "../../support/virtual-clock.ts";

/** A projector whose rebuilds end when the test says so. */
function projector() {
  const begun: { options: RebuildOptions; end: () => void; fail: (error: Error) => void }[] = [];
  return {
    begun,
    rebuild: (options: RebuildOptions = {}) =>
      new Promise<void>((end, fail) => {
        begun.push({ options, end, fail });
      }),
  };
}

test("one rebuild at a time, with its progress, and another when it is over", async () => {
  const { begun, rebuild } = projector();
  const rebuilder = createRebuilder({ rebuild }, SILENT_LOG);
  expect(rebuilder.state()).toEqual({ state: "never", done: 0, total: 0 });
  expect(rebuilder.begin()).toEqual({ state: "running", done: 0, total: 0 });
  begun[0]?.options.onProgress?.(1000, 3000);
  expect(rebuilder.begin()).toEqual({ state: "running", done: 1000, total: 3000 });
  expect(begun).toHaveLength(1);
  begun[0]?.end();
  await settle();
  expect(rebuilder.state()).toEqual({ state: "done", done: 1000, total: 3000 });
  expect(rebuilder.begin()).toEqual({ state: "running", done: 0, total: 0 });
  expect(begun).toHaveLength(2);
});

test("one that fails says why", async () => {
  const { begun, rebuild } = projector();
  const rebuilder = createRebuilder({ rebuild }, SILENT_LOG);
  rebuilder.begin();
  begun[0]?.fail(new AppError("disk-full", "no room"));
  await settle();
  expect(rebuilder.state()).toEqual({ state: "failed", done: 0, total: 0, code: "disk-full" });
});
