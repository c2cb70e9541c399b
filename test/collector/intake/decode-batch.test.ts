import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBatch } from "../../../collector/intake/decode-batch.ts";
import { batch } from "../../../protocol/messages/envelope.ts";

const GOOD = { v: 1, epoch: "9f00000000000001", first: 1, sentAt: "2026-11-23T00:00:00.000Z", records: [{}] };

/** Values that are nearly right, for each field. */
const ODD = [
  ...[undefined, null, true, "", "1", 0, 1, 2, 1.5, -1, 2 ** 53, 1e308, [], {}, [1], [null]],
  ...["9F00000000000001", "9f0000000000000", "9f00000000000001\n", "2026-02-30T00:00:00.000Z", "2026-11-23T00:00:00Z"],
  Array(500).fill({}),
  Array(501).fill({}),
];

test("the quick look at a batch agrees with its schema, whatever comes", () => {
  const field = fc.constantFrom("v", "epoch", "first", "sentAt", "records", "more");
  const changes = fc.array(fc.tuple(field, fc.oneof(fc.constantFrom(...ODD), fc.jsonValue())), { maxLength: 2 });
  fc.assert(
    fc.property(changes, (changed) => {
      const message = { ...GOOD, ...Object.fromEntries(changed) };
      const text = JSON.stringify(message);
      expect(decodeBatch(Buffer.from(text)).ok).toBe(batch.safeParse(JSON.parse(text)).success);
    }),
  );
});
