/** `/summary`: how things stand, in numbers. */
import type { App, RouteDeps } from "../app.ts";
import { summarise, summaryView } from "../queries/summary.ts";

export function summaryRoutes(app: App, { store, desk, auth }: RouteDeps): void {
  app.get(
    "/summary",
    { onRequest: auth.require("read"), schema: { tags: ["summary"], response: { 200: summaryView } } },
    async () => summarise(store, await desk.notices()),
  );
}
