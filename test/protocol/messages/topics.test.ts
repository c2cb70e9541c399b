import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { bucketOf } from "../../../protocol/messages/names.ts";
import { addressOf, CHANNELS, centreFilter, formatTopic, parseTopic } from "../../../protocol/messages/topics.ts";

describe("a topic", () => {
  test("carries the bucket, which is the first byte of SHA-256 of the source", () => {
    const bucket = createHash("sha256").update("pc-0a1b2c3d").digest().subarray(0, 1).toString("hex");

    expect(bucketOf("pc-0a1b2c3d")).toBe(bucket);
    expect(formatTopic(addressOf("kunming", "pc-0a1b2c3d"), "up")).toBe(`dianmao/v1/${bucket}/kunming/pc-0a1b2c3d/up`);
  });

  test.each(CHANNELS)("parses to what it was made of: %s", (channel) => {
    const address = addressOf("hall-1", "reader-7");

    expect(parseTopic(formatTopic(address, channel))).toEqual({ ...address, channel });
  });

  const good = formatTopic(addressOf("hall", "pc-1"), "up");
  test.each([
    ["another root", good.replace("dianmao", "other")],
    ["another version", good.replace("v1", "v2")],
    ["a bucket that is not the source's", good.replace(/v1\/../, "v1/zz")],
    ["another source's bucket", formatTopic({ ...addressOf("hall", "pc-1"), bucket: bucketOf("pc-2") }, "up")],
    ["an unknown channel", good.replace(/up$/, "sideways")],
    ["one level more", `${good}/x`],
    ["one level less", good.replace(/\/up$/, "")],
    ["capital letters", good.replace("pc-1", "PC-1")],
    ["a wildcard for a source", good.replace("pc-1", "+")],
    ["an empty level", good.replace("hall", "")],
    ["a name of 64 letters", formatTopic(addressOf("hall", "a".repeat(64)), "up")],
  ])("is refused with %s", (_what, topic) => {
    expect(parseTopic(topic)).toBeUndefined();
  });

  test("of any source is matched by the centre's filter of five levels", () => {
    expect(centreFilter("up")).toBe("dianmao/v1/+/+/+/up");
    expect(centreFilter("hello", "a0")).toBe("dianmao/v1/a0/+/+/hello");
  });
});
