/** `/events`: one server-sent event stream of all that is new, resumed by `Last-Event-ID`. */
import type { ServerResponse } from "node:http";
import * as z from "zod";
import { AppError } from "../../../protocol/errors.ts";
import type { App, RouteDeps } from "../app.ts";
import { EventStream, keptChanges } from "../event-stream.ts";
import { CHANGE_TYPES, type ChangeType, describeChange } from "../queries/changes.ts";

/** Clients that may listen at once. */
export const STREAMS_MAX = 256;

const types = z
  .string()
  .max(256)
  .refine((text) => text.split(",").every(isChangeType), `some of ${CHANGE_TYPES.join(",")}`)
  .optional()
  .describe(`some of ${CHANGE_TYPES.join(",")}, separated by commas; all when absent`);

export function eventRoutes(app: App, deps: RouteDeps): void {
  const { store, clock, log, onChange, auth } = deps;
  const streams = new Set<EventStream>();
  app.addHook("preClose", async () => {
    for (const stream of streams) stream.end();
  });

  app.get(
    "/events/position",
    {
      onRequest: auth.require("read"),
      schema: {
        tags: ["events"],
        description:
          "where the stream stands: asked for before a list is read and given as `since`, nothing between the two is missed",
        response: { 200: z.object({ id: z.int().min(0) }) },
      },
    },
    async () => ({ id: (await keptChanges(store)).newest }),
  );

  app.get(
    "/events",
    {
      onRequest: auth.require("read"),
      schema: {
        tags: ["events"],
        description:
          "text/event-stream; `event` is the type, `id` the number to resume from, `data` the resource as JSON. " +
          "`missed` in place of a type: what lay between is not kept any more, read the lists again",
        querystring: z.object({
          types,
          since: z.coerce.number().int().min(0).optional().describe("as the header Last-Event-ID; 0 is the beginning"),
        }),
      },
    },
    async (request, reply) => {
      if (streams.size >= STREAMS_MAX) throw new AppError("too-many-streams", "too many clients listen already");
      const wanted = request.query.types?.split(",") as ChangeType[] | undefined;
      const header = request.headers["last-event-id"];
      // The header first: a browser that reconnects sends it beside the address that it began with.
      const since = header === undefined ? request.query.since : Number(header);
      reply.hijack();
      const stream = new EventStream({
        response: reply.raw as ServerResponse,
        store,
        clock,
        log,
        types: wanted ?? CHANGE_TYPES,
        describe: (change) => describeChange(deps, change),
        isWelcome: () => auth.stillHolds(request),
      });
      streams.add(stream);
      const unsubscribe = onChange((changes) => stream.offer(changes));
      reply.raw.on("close", () => {
        unsubscribe();
        stream.end();
        streams.delete(stream);
      });
      await stream.start(Number.isSafeInteger(since) ? since : undefined);
    },
  );
}

function isChangeType(text: string): boolean {
  return (CHANGE_TYPES as readonly string[]).includes(text);
}
