/** `/clocks`, how wrong they were, and `/punches`. */
import * as z from "zod";
import type { App, RouteDeps } from "../app.ts";
import { pageOf } from "../page.ts";
import { clockView, findClocks, findPunches, punchQuery, punchView } from "../queries/clocks.ts";
import { driftQuery, driftView, findDrift } from "../queries/drift.ts";

const faultView = z
  .object({ name: z.string().optional(), code: z.string(), message: z.string() })
  .describe("a clock of clocks.json that this collector does not read, and why");

export function clockRoutes(app: App, { store, auth, clockUsers, clockFaults }: RouteDeps): void {
  const onRequest = auth.require("read");

  app.get(
    "/clocks",
    {
      onRequest,
      schema: {
        tags: ["clocks"],
        response: { 200: z.object({ items: z.array(clockView), faults: z.array(faultView) }) },
      },
    },
    async () => ({ items: await findClocks(store), faults: clockFaults() }),
  );

  app.get(
    "/clocks/:clock/drift",
    {
      onRequest,
      schema: {
        tags: ["clocks"],
        params: z.object({ clock: z.string().max(64).describe("its serial number, or the name of one read here") }),
        querystring: driftQuery,
        response: { 200: pageOf(driftView) },
      },
    },
    ({ params, query }) => findDrift(store, clockUsers.serialOf(params.clock), query),
  );

  app.get(
    "/punches",
    { onRequest, schema: { tags: ["clocks"], querystring: punchQuery, response: { 200: pageOf(punchView) } } },
    ({ query }) => findPunches(store, query),
  );
}
