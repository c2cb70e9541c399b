/** `/machines`: PCs, their posture, and what the rules say. */
import * as z from "zod";
import { AppError } from "../../../protocol/errors.ts";
import type { App, RouteDeps } from "../app.ts";
import { pageOf } from "../page.ts";
import {
  findMachine,
  findMachines,
  findPosture,
  findVerdicts,
  machineQuery,
  machineView,
} from "../queries/machines.ts";

const bySource = z.object({ source: z.string().max(64) });
const verdictView = z.object({
  rule: z.string(),
  verdict: z.string(),
  reason: z.string().nullable(),
  since: z.string(),
});

export function machineRoutes(app: App, { store, auth }: RouteDeps): void {
  const onRequest = auth.require("read");

  app.get(
    "/machines",
    { onRequest, schema: { tags: ["machines"], querystring: machineQuery, response: { 200: pageOf(machineView) } } },
    ({ query }) => findMachines(store, query),
  );

  app.get(
    "/machines/:source",
    {
      onRequest,
      schema: {
        tags: ["machines"],
        params: bySource,
        response: { 200: machineView.extend({ verdicts: z.array(verdictView) }) },
      },
    },
    async ({ params }) => {
      const machine = found(await findMachine(store, params.source), params.source);
      return { ...machine, verdicts: await findVerdicts(store, params.source) };
    },
  );

  app.get(
    "/machines/:source/posture",
    {
      onRequest,
      schema: { tags: ["machines"], params: bySource, response: { 200: z.record(z.string(), z.unknown()) } },
    },
    async ({ params }) => found(await findPosture(store, params.source), params.source),
  );
}

/** What was looked up; throws AppError `not-found`. */
export function found<T>(value: T | undefined, name: string | number): T {
  if (value === undefined) throw new AppError("not-found", `there is no ${name}`);
  return value;
}
