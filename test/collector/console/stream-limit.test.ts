import { once } from "node:events";
import { Agent, type ClientRequest, get, type IncomingMessage } from "node:http";
import fastify from "fastify";
import { serializerCompiler, validatorCompiler } from "fastify-type-provider-zod";
import { expect, onTestFinished, test } from "vitest";
import type { App, RouteDeps } from "../../../collector/console/app.ts";
import { problemHandler } from "../../../collector/console/problem.ts";
import { eventRoutes, STREAMS_MAX } from "../../../collector/console/routes/events.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { openTestStore } from "../../support/test-store.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

/** The event stream alone, over plain HTTP, open to everybody; resolves to a way to listen to it. */
async function openStreams(): Promise<() => Promise<{ request: ClientRequest; response: IncomingMessage }>> {
  const clock = new VirtualClock();
  const app = fastify({ forceCloseConnections: true });
  app.setValidatorCompiler(validatorCompiler).setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(problemHandler(SILENT_LOG));
  const auth = { require: () => async () => {}, stillHolds: async () => true };
  const deps = { store: await openTestStore({ clock }), clock, log: SILENT_LOG, auth, onChange: () => () => {} };
  eventRoutes(app as unknown as App, deps as unknown as RouteDeps);
  const url = `${await app.listen({ host: "127.0.0.1", port: 0 })}/events`;
  onTestFinished(() => app.close());
  const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });
  return async () => {
    const request = get(url, { agent });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    request.on("error", () => {});
    return { request, response };
  };
}

test("so many clients listen at once; one more is told to come later, and is let in when one has gone", async () => {
  const listen = await openStreams();
  const listening = await Promise.all(Array.from({ length: STREAMS_MAX }, listen));
  expect(new Set(listening.map(({ response }) => response.statusCode))).toEqual(new Set([200]));

  const { response } = await listen();
  expect(response.statusCode).toBe(503);
  expect(JSON.parse(String(await once(response, "data")))).toMatchObject({ code: "too-many-streams" });

  listening[0]?.request.destroy();
  await expect.poll(async () => (await listen()).response.statusCode).toBe(200);
});
