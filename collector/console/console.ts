/** The HTTP interface: HTTPS with a certificate of the centre's authority, bearer tokens, problems, OpenAPI, events. */
import { createServer } from "node:https";
import swagger from "@fastify/swagger";
import fastify from "fastify";
import {
  createJsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from "fastify-type-provider-zod";
import { AppError } from "../../protocol/errors.ts";
import type { ServerCertificate } from "../broker/pki/server-certificate.ts";
import type { App, ConsoleDeps, RouteDeps } from "./app.ts";
import { Authenticator } from "./auth.ts";
import { Metrics } from "./metrics.ts";
import { problemHandler } from "./problem.ts";
import { attendanceRoutes } from "./routes/attendance.ts";
import { clockUserRoutes } from "./routes/clock-users.ts";
import { clockRoutes } from "./routes/clocks.ts";
import { doubtfulPunchRoutes } from "./routes/doubtful-punches.ts";
import { enrolmentRoutes } from "./routes/enrolment.ts";
import { eventRoutes } from "./routes/events.ts";
import { findingRoutes } from "./routes/findings.ts";
import { machineRoutes } from "./routes/machines.ts";
import { rebuildRoutes } from "./routes/rebuild.ts";
import { registryRoutes } from "./routes/registry.ts";
import { retentionRoutes } from "./routes/retention.ts";
import { settingRoutes } from "./routes/settings.ts";
import { sourceRoutes } from "./routes/sources.ts";
import { summaryRoutes } from "./routes/summary.ts";
import { tokenRoutes } from "./routes/tokens.ts";

const BODY_BYTES_MAX = 1024 * 1024;
const REQUEST_TIMEOUT_MS = 30_000;

export interface ConsoleOptions {
  host: string;
  /** 0: any free port. */
  port: number;
  certificate: ServerCertificate;
}

export interface RunningConsole {
  readonly port: number;
  /** For the connections from now on: a certificate runs out, a collector runs on. */
  setCertificate(certificate: ServerCertificate): void;
  close(): Promise<void>;
}

/** Starts listening. Rejects with AppError `port-in-use` or `listen-failed`. */
export async function openConsole(options: ConsoleOptions, deps: ConsoleDeps): Promise<RunningConsole> {
  const app = await buildApp(options.certificate, { ...deps, auth: new Authenticator(deps) });
  try {
    await app.listen({ host: options.host, port: options.port });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code === "EADDRINUSE" ? "port-in-use" : "listen-failed";
    throw new AppError(code, `cannot listen on ${options.host}:${options.port}: ${(cause as Error).message}`, {
      cause,
    });
  }
  const address = app.server.address();
  return {
    port: typeof address === "object" && address ? address.port : options.port,
    setCertificate: (certificate) => app.server.setSecureContext(tlsOptions(certificate)),
    close: () => app.close(),
  };
}

function tlsOptions({ certificatePem, keyPem }: ServerCertificate) {
  return { cert: certificatePem, key: keyPem, minVersion: "TLSv1.2" } as const;
}

async function buildApp(certificate: ServerCertificate, deps: RouteDeps): Promise<App> {
  const app: App = fastify({
    serverFactory: (handler) => createServer(tlsOptions(certificate), handler),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 128 },
  }).withTypeProvider<ZodTypeProvider>() as unknown as App;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(problemHandler(deps.log));
  app.setNotFoundHandler((_request, reply) => {
    void reply
      .status(404)
      .type("application/problem+json")
      .send({ status: 404, code: "not-found", title: "There is nothing at this address" });
  });
  await app.register(swagger, {
    openapi: {
      info: { title: "Dianmao", description: "点卯: compliance and attendance evidence", version: deps.version },
      components: { securitySchemes: { token: { type: "http", scheme: "bearer" } } },
      security: [{ token: [] }],
    },
    transform: createJsonSchemaTransform({}),
  });
  openRoutes(app, deps);
  await app.register(
    async (api) => {
      apiRoutes(api as unknown as App, deps);
      api.get("/openapi.json", { schema: { hide: true } }, () => app.swagger());
    },
    { prefix: "/api/v1" },
  );
  return app;
}

function apiRoutes(app: App, deps: RouteDeps): void {
  summaryRoutes(app, deps);
  machineRoutes(app, deps);
  findingRoutes(app, deps);
  clockRoutes(app, deps);
  clockUserRoutes(app, deps);
  doubtfulPunchRoutes(app, deps);
  sourceRoutes(app, deps);
  registryRoutes(app, deps);
  settingRoutes(app, deps);
  attendanceRoutes(app, deps);
  enrolmentRoutes(app, deps);
  tokenRoutes(app, deps);
  rebuildRoutes(app, deps);
  retentionRoutes(app, deps);
  eventRoutes(app, deps);
}

/** `/healthz` for whoever restarts what is ill; `/metrics` from this machine, or with a token. */
function openRoutes(app: App, { health, auth }: RouteDeps): void {
  const metrics = new Metrics(health);
  const authorise = auth.require("read");
  app.get("/healthz", { schema: { hide: true } }, async (_request, reply) => {
    const troubles = await health.troubles();
    return reply
      .status(troubles.length === 0 ? 200 : 503)
      .send({ status: troubles.length === 0 ? "ok" : "degraded", troubles });
  });
  app.get("/metrics", { schema: { hide: true } }, async (request, reply) => {
    if (!["127.0.0.1", "::1", "::ffff:127.0.0.1"].includes(request.ip)) await authorise(request);
    return reply.type(metrics.contentType).send(await metrics.text());
  });
}
