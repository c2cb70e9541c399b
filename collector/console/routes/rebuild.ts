/** `/rebuild`: computing everything shown anew from the evidence, while the collector runs. */
import * as z from "zod";
import type { App, RouteDeps } from "../app.ts";

const view = z.object({
  state: z.enum(["never", "running", "done", "failed"]),
  done: z.int(),
  total: z.int(),
  code: z.string().optional(),
});

export function rebuildRoutes(app: App, { rebuilder, auth }: RouteDeps): void {
  const onRequest = auth.require("admin");
  const tags = ["operation"];

  app.get("/rebuild", { onRequest, schema: { tags, response: { 200: view } } }, async () => rebuilder.state());

  app.post(
    "/rebuild",
    { onRequest, schema: { tags, body: z.object({}), response: { 202: view } } },
    async (_request, reply) => reply.code(202).send(rebuilder.begin()),
  );
}
