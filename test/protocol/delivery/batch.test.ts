import { describe, expect, test } from "vitest";
import { encodeBatch } from "../../../protocol/delivery/batch.ts";
import { batch } from "../../../protocol/messages/envelope.ts";

const EPOCH = "0123456789abcdef";
const AT = "2026-11-23T00:00:00.000Z";

const line = (number: number, kind: string, body: object) => ({
  number,
  kind,
  json: JSON.stringify({ kind, at: AT, body }),
});

describe("a batch", () => {
  test("is what the contract's schema takes, its records as they lie in the journal", () => {
    const lines = [line(7, "punch", { user: "一" }), line(8, "gap", { from: 8, to: 9, reason: "journal-full" })];
    const text = encodeBatch({ epoch: EPOCH, base: 0 }, 7, AT, lines);
    expect(batch.parse(JSON.parse(text))).toEqual({
      v: 1,
      epoch: EPOCH,
      first: 7,
      sentAt: AT,
      records: lines.map(({ json }) => JSON.parse(json)),
    });
  });

  test("of a later epoch numbers from its base, inside the journal's own gaps too, and no other", () => {
    const lines = [
      line(108, "gap", { from: 108, to: 110, count: 3, reason: "journal-full" }),
      line(111, "gap", { from: 5, to: 9, reason: "clock-log-lost" }),
      line(112, "gap", { count: 2, reason: "clock-log-cleared" }),
    ];
    const { first, records } = JSON.parse(encodeBatch({ epoch: EPOCH, base: 100 }, 108, AT, lines));
    expect([first, records.map(({ body }: { body: object }) => body)]).toEqual([
      8,
      [
        { from: 8, to: 10, count: 3, reason: "journal-full" },
        { from: 5, to: 9, reason: "clock-log-lost" },
        { count: 2, reason: "clock-log-cleared" },
      ],
    ]);
  });
});
