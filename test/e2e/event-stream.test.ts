import { rm } from "node:fs/promises";
import { expect, onTestFinished, test } from "vitest";
import type { ServerEvent } from "../../collector/cli/api-client.ts";
import { startCollector } from "../support/collector-process.ts";
import { freePort } from "../support/free-port.ts";
import { opensslRequest } from "../support/openssl.ts";

test("who listens to the event stream misses nothing of a collector that is killed and comes back", async () => {
  const args = ["--api-port", String(await freePort())];
  const first = await startCollector({ args });
  onTestFinished(() => rm(first.home, { recursive: true, force: true }));
  const api = await first.api();
  const abort = new AbortController();
  onTestFinished(() => abort.abort());
  const seen: ServerEvent[] = [];
  const listening = (async () => {
    for await (const event of api.events(["source"], abort.signal)) seen.push(event);
  })();
  const names = () => seen.map(({ data }) => (data as { hostname: string }).hostname);
  // The stream stands once it has told of something; until then each look makes a new source.
  let made = 0;
  const standing = async () => {
    await enrol(await first.siteToken(), `before-${++made}`);
    return names().length;
  };
  const enrol = async (token: string, hostname: string) => {
    const id = Buffer.from(hostname).toString("hex").padStart(16, "0").slice(-16);
    const body = { token, csr: opensslRequest(hostname).csrPem, kind: "agent", fingerprint: [id], hostname };
    await api.post("/enrolments", { ...body, agent: "test/1" });
  };
  await expect.poll(standing).toBeGreaterThan(0);
  await expect.poll(() => names().at(-1)).toBe(`before-${made}`);

  await first.kill9();
  const second = await startCollector({ home: first.home, args });
  onTestFinished(() => second.dispose());
  await enrol(await second.siteToken(), "after");
  await expect.poll(names).toContain("after");
  expect(seen.map(({ id }) => id)).toEqual([...new Set(seen.map(({ id }) => id))].sort((a, b) => a - b));
  abort.abort();
  await listening;
}, 60_000);
