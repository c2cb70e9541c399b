/**
 * A source in a process of its own that appends `total` records and waits until they are committed; killed at any moment and
 * started again, it goes on where its journal ends. usage: feeder HOME API_URL CA_FILE TOKEN NAME TOTAL PER_SECOND
 */
import { createHash } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { SILENT_LOG } from "../../../protocol/log.ts";
import type { ContractRecord } from "../../../protocol/messages/records.ts";
import { openSource } from "../../../protocol/uplink/open-source.ts";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";

const [home, url, caFile, token, name, total, perSecond] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
  string,
  string,
];
const TICK_MS = 20;
const machine = createHash("sha256").update(name).digest("hex").slice(0, 16);

const source = await openSource(
  {
    home,
    kind: "reader",
    centre: { url, caFile, token },
    machine,
    fingerprint: [machine],
    hostname: name,
    version: "feeder/1",
    wanted: name,
    firstConnectSpreadMs: 0,
  },
  { clock: SYSTEM_CLOCK, random: Math.random, log: SILENT_LOG },
);
let next = source.state().newest + 1;
const perTick = Math.max(1, Math.round((Number(perSecond) * TICK_MS) / 1000));
while (next <= Number(total)) {
  const group = Array.from({ length: Math.min(perTick, Number(total) - next + 1) }, (_, index) => record(next + index));
  next += group.length;
  await Promise.all(group.map((one) => source.append(one)));
  await pause(TICK_MS);
}
await source.flush(10 * 60_000);
await source.stop("service-stop");
process.exit(0);

/** The user id is the record's index, so that each can be told from all others. */
function record(index: number): ContractRecord {
  const at = new Date().toISOString();
  return {
    kind: "punch",
    at,
    body: {
      clock: name,
      device: 1,
      user: String(index),
      deviceTime: at.slice(0, 19),
      offsetMs: null,
      readAt: at,
      verification: ["finger"],
      type: 0,
      workCode: 0,
      ordinal: 0,
      via: "live",
      raw: "00",
    },
  };
}
