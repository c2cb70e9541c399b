/** `/clocks` and `/punches`. */
import * as z from "zod";
import type { App, RouteDeps } from "../app.ts";
import { pageOf } from "../page.ts";
import { clockView, findClocks, findPunches, punchQuery, punchView } from "../queries/clocks.ts";

export function clockRoutes(app: App, { store, auth }: RouteDeps): void {
  const onRequest = auth.require("read");

  app.get(
    "/clocks",
    { onRequest, schema: { tags: ["clocks"], response: { 200: z.object({ items: z.array(clockView) }) } } },
    async () => ({ items: await findClocks(store) }),
  );

  app.get(
    "/punches",
    { onRequest, schema: { tags: ["clocks"], querystring: punchQuery, response: { 200: pageOf(punchView) } } },
    ({ query }) => findPunches(store, query),
  );
}
