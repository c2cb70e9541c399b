/** How commands speak to a collector: the one of this home, found by its files, or another named by `--server` and a token. */
import { readFile } from "node:fs/promises";
import { request } from "node:https";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { AppError, isAppError } from "../../protocol/errors.ts";
import { readAdminToken, readRunFile } from "../run-file.ts";

const TIMEOUT_MS = 30_000;
/** Three heartbeats of the event stream: a silence as long is a dead connection. */
const STREAM_SILENCE_MS = 45_000;
const RECONNECT_MS = 1_000;

export interface ApiClientOptions {
  /** DIANMAO_HOME by default. */
  home?: string | undefined;
  /** `https://host:8443`; by default the collector of the home. */
  server?: string | undefined;
  /** Bearer token; by default DIANMAO_TOKEN, or the home's own. */
  token?: string | undefined;
  /** PEM file of the authority to trust; by default the home's own. */
  ca?: string | undefined;
}

export interface ServerEvent {
  id: number;
  event: string;
  data: unknown;
}

export interface ApiClient {
  readonly url: string;
  get<T = unknown>(path: string, query?: Record<string, string | number | boolean | undefined>): Promise<T>;
  /** `timeoutMs`: of silence, where the collector has long to do. */
  post<T = unknown>(path: string, body?: object, timeoutMs?: number): Promise<T>;
  /**
   * Events as they come, for ever; reconnects and resumes by itself. Ends when the signal is aborted. `since`: the stream's `position`
   * before what it continues was read; without it, what comes from now on.
   */
  events(types: readonly string[], signal: AbortSignal, since?: number): AsyncGenerator<ServerEvent>;
  /** The number of the newest event. */
  position(): Promise<number>;
}

export function defaultHome(): string {
  return process.env.DIANMAO_HOME ?? join(homedir(), ".dianmao");
}

/**
 * Rejects with AppError `not-running` (no collector runs in this home and none is named) or `no-token`. Its calls reject with
 * `unreachable`, or with the code of the problem that the collector answered.
 */
export async function apiClient(options: ApiClientOptions = {}): Promise<ApiClient> {
  const home = options.home ?? defaultHome();
  const run = options.server === undefined ? await readRunFile(home) : undefined;
  const url = options.server ?? run?.apiUrl;
  if (url === undefined) {
    throw new AppError(
      "not-running",
      `没有正在运行的采集中心（${home}）。请先运行 npm start 或 dianmao collector，或用 --server 指定。`,
    );
  }
  const token = options.token ?? process.env.DIANMAO_TOKEN ?? (await readAdminToken(home));
  if (token === undefined) throw new AppError("no-token", "缺少令牌：请用 --token 或环境变量 DIANMAO_TOKEN 提供。");
  const caFile = options.ca ?? run?.caFile ?? join(home, "pki", "ca.pem");
  const ca = await readFile(caFile, "utf8").catch(() => undefined);
  return new HttpsClient(url, token, ca);
}

class HttpsClient implements ApiClient {
  readonly url: string;
  readonly #token: string;
  readonly #ca: string | undefined;

  constructor(url: string, token: string, ca: string | undefined) {
    this.url = url;
    this.#token = token;
    this.#ca = ca;
  }

  get<T>(path: string, query: Record<string, string | number | boolean | undefined> = {}): Promise<T> {
    const given = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(given.map(([key, value]): [string, string] => [key, String(value)])).toString();
    return this.#call<T>("GET", search ? `${path}?${search}` : path);
  }

  post<T>(path: string, body: object = {}, timeoutMs = TIMEOUT_MS): Promise<T> {
    return this.#call<T>("POST", path, JSON.stringify(body), timeoutMs);
  }

  async position(): Promise<number> {
    return (await this.get<{ id: number }>("/events/position")).id;
  }

  async *events(types: readonly string[], signal: AbortSignal, since?: number): AsyncGenerator<ServerEvent> {
    let last = since;
    while (!signal.aborted) {
      try {
        for await (const { id, event, data } of this.#stream(types, last, signal)) {
          last = id ?? last;
          if (event !== undefined) yield { id: last ?? 0, event, data };
        }
      } catch (error) {
        if (signal.aborted) return;
        if (!isAppError(error, "unreachable")) throw error;
      }
      if (!signal.aborted) await pause(RECONNECT_MS, signal);
    }
  }

  async *#stream(
    types: readonly string[],
    since: number | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<StreamBlock> {
    const query = new URLSearchParams({ types: types.join(",") });
    const headers = since === undefined ? {} : { "last-event-id": String(since) };
    const response = await this.#request("GET", `/api/v1/events?${query}`, { headers, signal });
    if (response.statusCode !== 200) throw toError(response.statusCode ?? 0, await readAll(response));
    let text = "";
    response.setEncoding("utf8");
    try {
      for await (const chunk of response) {
        text += chunk;
        const blocks = text.split("\n\n");
        text = blocks.pop() ?? "";
        yield* blocks.map(parseBlock);
      }
    } catch (cause) {
      throw new AppError("unreachable", `${this.url}: the event stream broke off`, { cause });
    }
  }

  async #call<T>(method: string, path: string, body?: string, timeoutMs = TIMEOUT_MS): Promise<T> {
    const response = await this.#request(method, `/api/v1${path}`, { body, timeoutMs });
    const text = await readAll(response);
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299) throw toError(status, text);
    return JSON.parse(text) as T;
  }

  #request(
    method: string,
    path: string,
    {
      body,
      headers,
      signal,
      timeoutMs = STREAM_SILENCE_MS,
    }: { body?: string | undefined; headers?: Record<string, string>; signal?: AbortSignal; timeoutMs?: number },
  ): Promise<import("node:http").IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        new URL(path, this.url),
        {
          method,
          agent: false,
          ...(this.#ca === undefined ? {} : { ca: this.#ca }),
          timeout: timeoutMs,
          ...(signal === undefined ? {} : { signal }),
          headers: {
            ...headers,
            authorization: `Bearer ${this.#token}`,
            ...(body === undefined
              ? {}
              : { "content-type": "application/json", "content-length": Buffer.byteLength(body) }),
          },
        },
        resolve,
      );
      outgoing.on("timeout", () => outgoing.destroy(new Error("no answer in time")));
      outgoing.on("error", (cause) => reject(new AppError("unreachable", `${this.url}: ${cause.message}`, { cause })));
      outgoing.end(body);
    });
  }
}

async function readAll(response: import("node:http").IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function toError(status: number, text: string): AppError {
  try {
    const { code, detail, title } = JSON.parse(text);
    return new AppError(code ?? `http-${status}`, detail ?? title ?? `HTTP ${status}`);
  } catch {
    return new AppError(`http-${status}`, `HTTP ${status}`);
  }
}

/** What stands between two empty lines of the stream; a heartbeat has nothing of it. */
interface StreamBlock {
  id?: number;
  event?: string;
  data?: unknown;
}

function parseBlock(block: string): StreamBlock {
  const fields = new Map<string, string>();
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trimStart());
  }
  const [id, event, data] = [fields.get("id"), fields.get("event"), fields.get("data")];
  return {
    ...(id === undefined ? {} : { id: Number(id) }),
    ...(event === undefined || data === undefined ? {} : { event, data: JSON.parse(data) }),
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal }).catch(() => {});
}
