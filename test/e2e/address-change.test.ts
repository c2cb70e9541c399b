import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ApiClient, ServerEvent } from "../../collector/cli/api-client.ts";
import type { AlertView, FindingView } from "../../collector/console/queries/findings.ts";
import { type CollectorProcess, startCollector } from "../support/collector-process.ts";
import { addNamespace, canAddNamespaces, type Namespace } from "../support/namespace.ts";

const MAIN = fileURLToPath(new URL("../../bin/dianmao.ts", import.meta.url));
const SUBNET = "10.213.77";
const TODAY = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
/** The hold of 12 s, the reconnect, and the way to the event stream. */
const ALERT_MS_MAX = 20_000;

const isPossible = canAddNamespaces();
if (process.env.CI && !isPossible) throw new Error("network namespaces are needed: root and iproute2");

let namespace: Namespace;
let collector: CollectorProcess;
let agent: ChildProcess;
let api: ApiClient;
let home: string;

beforeAll(async () => {
  if (!isPossible) return;
  namespace = addNamespace("dmaddr", SUBNET);
  home = await mkdtemp(join(tmpdir(), "dianmao-address-"));
  collector = await startCollector({ args: ["--host", namespace.hostAddress] });
  api = await collector.api();
  const { token } = await api.post<{ token: string }>("/enrolment-tokens", { label: "test" });
  const [program, ...enter] = namespace.enter as [string, ...string[]];
  const args = [
    "agent",
    "run",
    "--home",
    home,
    "--server",
    collector.apiUrl,
    "--ca-file",
    collector.caFile,
    "--token",
    token,
  ];
  agent = spawn(program, [...enter, process.execPath, "--import", "tsx", MAIN, ...args], { stdio: "ignore" });
}, 60_000);

afterAll(async () => {
  if (!isPossible) return;
  const exited = once(agent, "exit");
  agent.kill("SIGTERM");
  await exited;
  await collector.dispose();
  namespace.remove();
  await rm(home, { recursive: true, force: true });
}, 60_000);

test.runIf(isPossible)(
  "an address changed by hand raises the WG 14 alert within 20 s, and granting it resolves the finding",
  async () => {
    const source = await until(async () => {
      const identity = await readFile(join(home, "agent", "source", "identity.json"), "utf8").catch(() => undefined);
      return identity && (JSON.parse(identity).source as string);
    });
    await until(async () => {
      const { address } = await api
        .get<{ address: string | null }>(`/machines/${source}`)
        .catch(() => ({ address: null }));
      return address === `${SUBNET}.2` || undefined;
    });
    await api.post(`/pcs/${source}/approve`, { unit: "社保窗口", custodian: "张三", reason: "test" });
    await api.post("/ip-grants", { source, address: `${SUBNET}.2`, from: TODAY, reference: "信处〔2026〕1号" });

    const abort = new AbortController();
    const events = api.events(["alert", "finding"], abort.signal);
    const alerted = first(
      events,
      ({ event, data }) => event === "alert" && (data as AlertView).finding.rule === "WG14-ip-change",
    );
    await new Promise((resolve) => setTimeout(resolve, 300));
    const changedAt = Date.now();
    namespace.ip("addr", "del", `${SUBNET}.2/24`, "dev", "dmaddrg");
    namespace.ip("addr", "add", `${SUBNET}.99/24`, "dev", "dmaddrg");

    const { finding } = (await alerted).data as AlertView;
    expect(Date.now() - changedAt).toBeLessThan(ALERT_MS_MAX);
    expect(finding).toMatchObject({ source, article: "WG 14", state: "open" });
    expect(JSON.stringify(finding.evidence)).toContain(`${SUBNET}.99`);

    await api.post("/ip-grants", { source, address: `${SUBNET}.99`, from: TODAY, reference: "信处〔2026〕2号" });
    const resolved = await until(async () => {
      const { state } = await api.get<FindingView>(`/findings/${finding.id}`);
      return state === "resolved" || undefined;
    });
    expect(resolved).toBe(true);
    abort.abort();
  },
  90_000,
);

async function first(
  events: AsyncGenerator<ServerEvent>,
  matches: (event: ServerEvent) => boolean,
): Promise<ServerEvent> {
  for await (const event of events) if (matches(event)) return event;
  throw new Error("the event stream ended");
}

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 300; tries++) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it did not come about");
}
