/** Messages that could not be read at all are kept now and then, whole, so that somebody can see what a source sends. */
import type { Log } from "../../protocol/log.ts";
import { BATCH_BYTES_MAX } from "../../protocol/messages/limits.ts";
import type { Publication } from "../broker/port.ts";
import type { Store } from "../store/port.ts";

/** Puts the message into quarantine, without holding anything up. To be called for one of many only. */
export function keepUnreadable(
  { store, log }: { store: Store; log: Log },
  { topic, payload, receivedAt }: Publication,
  { code, detail }: { code: string; detail: string },
): void {
  const raw = payload.subarray(0, BATCH_BYTES_MAX).toString("utf8");
  const written = store.write(
    async (tx) => {
      const source = await tx.selectFrom("source").select("id").where("name", "=", topic.source).executeTakeFirst();
      if (!source) return;
      await tx
        .insertInto("quarantine")
        .values({
          source_id: source.id,
          mark_id: null,
          seq: null,
          received_at: receivedAt,
          reason: code,
          detail: `${topic.channel}: ${detail}`,
          raw,
        })
        .execute();
    },
    { lane: "background" },
  );
  written.catch((error: unknown) =>
    log.warn({ err: error, source: topic.source }, "cannot keep an unreadable message"),
  );
}
