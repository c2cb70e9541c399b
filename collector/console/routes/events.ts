/** `/events`: one server-sent event stream of all that is new, resumed by `Last-Event-ID`. */
import type { ServerResponse } from "node:http";
import * as z from "zod";
import type { App, RouteDeps } from "../app.ts";
import { EventStream } from "../event-stream.ts";
import { CHANGE_TYPES, describeChange } from "../queries/changes.ts";

export function eventRoutes(app: App, deps: RouteDeps): void {
  const { store, clock, log, onChange, auth } = deps;
  const streams = new Set<EventStream>();
  app.addHook("preClose", async () => {
    for (const stream of streams) stream.end();
  });

  app.get(
    "/events",
    {
      onRequest: auth.require("read"),
      schema: {
        tags: ["events"],
        description:
          "text/event-stream; `event` is the type, `id` the number to resume from, `data` the resource as JSON",
        querystring: z.object({
          types: z
            .string()
            .optional()
            .describe(`some of ${CHANGE_TYPES.join(",")}, separated by commas; all when absent`),
          since: z.coerce.number().int().min(0).optional().describe("as the header Last-Event-ID; 0 is the beginning"),
        }),
      },
    },
    async (request, reply) => {
      const wanted = request.query.types?.split(",");
      const header = request.headers["last-event-id"];
      const since = request.query.since ?? (header === undefined ? undefined : Number(header));
      reply.hijack();
      const stream = new EventStream({
        response: reply.raw as ServerResponse,
        store,
        clock,
        log,
        types: wanted ? CHANGE_TYPES.filter((type) => wanted.includes(type)) : CHANGE_TYPES,
        describe: (change) => describeChange(deps, change),
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
