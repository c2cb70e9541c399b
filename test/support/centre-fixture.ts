/** A whole centre in this process on free ports, with clients of given scopes. */

import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ApiClient, apiClient } from "../../collector/cli/api-client.ts";
import { type RunningCollector, startCollector } from "../../collector/main.ts";
import { SILENT_LOG } from "../../protocol/log.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";

export interface RawResponse {
  status: number;
  headers: Record<string, unknown>;
  body: string;
}

export interface Centre {
  home: string;
  collector: RunningCollector;
  admin: ApiClient;
  /** A client whose token has these scopes. */
  client(...scopes: string[]): Promise<ApiClient>;
  /** A request as anybody could make it. */
  raw(
    path: string,
    options?: { method?: string; token?: string; body?: string; headers?: Record<string, string> },
  ): Promise<RawResponse>;
  close(): Promise<void>;
}

export async function openCentre(): Promise<Centre> {
  const home = await mkdtemp(join(tmpdir(), "dianmao-centre-"));
  const config = { apiPort: 0, mqttPort: 0 };
  const collector = await startCollector(
    { home, config },
    { clock: SYSTEM_CLOCK, random: Math.random, log: SILENT_LOG },
  );
  const admin = await apiClient({ home });
  const ca = readFileSync(collector.caFile, "utf8");
  return {
    home,
    collector,
    admin,
    async client(...scopes) {
      const { token } = await admin.post<{ token: string }>("/tokens", { label: scopes.join("+"), scopes });
      return apiClient({ home, token });
    },
    raw: (path, { method = "GET", token, body, headers } = {}) =>
      new Promise((resolve, reject) => {
        const outgoing = request(
          new URL(path, collector.apiUrl),
          {
            method,
            ca,
            agent: false,
            headers: {
              ...headers,
              ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
              ...(body === undefined ? {} : { "content-type": "application/json" }),
            },
          },
          (response) => {
            let text = "";
            response.setEncoding("utf8").on("data", (chunk) => (text += chunk));
            response.on("end", () =>
              resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
            );
          },
        );
        outgoing.on("error", reject);
        outgoing.end(body);
      }),
    async close() {
      await collector.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
