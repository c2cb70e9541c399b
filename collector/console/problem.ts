/** Errors as RFC 9457 problems: a code to branch on, a sentence for people, nothing of our insides. */
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";
import { isAppError } from "../../protocol/errors.ts";
import type { Log } from "../../protocol/log.ts";

/** HTTP status by code; other AppErrors are a conflict with the present state: 409. */
const STATUS: Record<string, number> = {
  "bad-cursor": 400,
  "bad-request": 400,
  unauthorised: 401,
  "token-refused": 401,
  "certificate-unknown": 401,
  "certificate-revoked": 401,
  "certificate-expired": 401,
  forbidden: 403,
  "enrolment-refused": 403,
  "source-revoked": 403,
  "not-found": 404,
  "unknown-source": 404,
  "unknown-grant": 404,
  "unknown-punch": 404,
  "unknown-setting": 404,
  "unknown-enrolment": 404,
  "unknown-token": 404,
  "not-a-pc": 404,
  "clock-unknown": 404,
  "rate-limited": 429,
  "queue-full": 503,
  "clock-lost": 503,
  "clock-busy": 503,
  "too-many-streams": 503,
  "disk-full": 503,
  "database-locked": 503,
  "writer-busy": 503,
  "store-closed": 503,
};

export function problemHandler(log: Log) {
  return (error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): void => {
    const problem = toProblem(error);
    if (problem.status >= 500) log.error({ err: error.message, url: request.routeOptions.url }, "request failed");
    void reply.status(problem.status).type("application/problem+json").send(problem);
  };
}

function toProblem(error: FastifyError | Error): { status: number; code: string; title: string; detail?: string } {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const detail = error.validation.map(({ instancePath, message }) => `${instancePath} ${message}`.trim()).join("; ");
    return { status: 400, code: "bad-request", title: "The request is not as the interface wants it", detail };
  }
  if (isAppError(error)) {
    return { status: STATUS[error.code] ?? 409, code: error.code, title: error.message, detail: error.message };
  }
  const status = (error as FastifyError).statusCode ?? 500;
  if (status < 500) return { status, code: (error as FastifyError).code ?? "bad-request", title: error.message };
  return { status: 500, code: "internal", title: "The collector failed; its log says why" };
}
