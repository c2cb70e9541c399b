import { once } from "node:events";
import { connect } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";
import { parseFaults } from "../../../simulators/faults/profile.ts";
import { RATE_DEFAULT, TerminalServer } from "../../../simulators/zk/server.ts";
import { ZkTerminal } from "../../../simulators/zk/terminal.ts";
import { PACKET_VECTORS } from "../../protocol/clock/zk/vectors.ts";
import { bytesOf } from "../../support/hex.ts";
import { until } from "../../support/until.ts";

const HOST = "127.0.0.1";
const CONNECTIONS = 20;
const CONNECT = 1000;

it("does not harm the same request on every connection: who tries again gets through", async () => {
  const terminal = new ZkTerminal({}, { clock: SYSTEM_CLOCK });
  const faults = parseFaults("truncate=0.5");
  const options = { host: HOST, port: 0, seed: 1, faults, bytesPerSecond: RATE_DEFAULT, packetGapMs: 1 };
  const server = await TerminalServer.open(terminal, options, { clock: SYSTEM_CLOCK });
  onTestFinished(() => server.close());
  const request = bytesOf(PACKET_VECTORS[0]?.hex ?? "");
  for (let connection = 0; connection < CONNECTIONS; connection++) {
    const socket = connect(server.port, HOST);
    await once(socket, "connect");
    socket.write(request);
  }
  await until("all requests", () => server.report().toDeviceBytes === CONNECTIONS * request.length);
  expect(terminal.heard.get(CONNECT)).toBeGreaterThan(0);
  expect(terminal.heard.get(CONNECT)).toBeLessThan(CONNECTIONS);
});
