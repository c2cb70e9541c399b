import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TcpSettings, tcpLine } from "../../../../collector/clocks/line/tcp-line.ts";
import { SYSTEM_CLOCK } from "../../../../protocol/uplink/system-clock.ts";

const HOST = "127.0.0.1";
let server: Server;
let settings: TcpSettings;

beforeEach(async () => {
  server = createServer();
  server.listen(0, HOST);
  await once(server, "listening");
  const address = server.address();
  settings = { host: HOST, port: typeof address === "object" && address ? address.port : 0 };
});

afterEach(() => {
  server.close();
});

async function connected() {
  const line = tcpLine(settings, { clock: SYSTEM_CLOCK });
  const accepted = once(server, "connection") as Promise<[Socket]>;
  await line.open();
  const [socket] = await accepted;
  return { line, socket };
}

describe("a TCP line", () => {
  it("carries bytes both ways and counts them", async () => {
    const { line, socket } = await connected();
    const heard = once(socket, "data") as Promise<[Buffer]>;
    await line.write(Uint8Array.of(1, 2, 3), 1_000);
    expect([...(await heard)[0]]).toEqual([1, 2, 3]);
    const answer = new Promise<number[]>((resolve) => line.onData((bytes) => resolve([...bytes])));
    socket.write(Uint8Array.of(4, 5));
    expect(await answer).toEqual([4, 5]);
    expect({ name: line.name, ...line.counters }).toEqual({
      name: `tcp://${HOST}:${settings.port}`,
      bytesIn: 2,
      bytesOut: 3,
    });
    await line.close();
  });

  it.each(["end", "destroy", "resetAndDestroy"] as const)(
    "tells its loss once when the other side does %s",
    async (how) => {
      const { line, socket } = await connected();
      const reasons: string[] = [];
      const lost = new Promise<void>((resolve) =>
        line.onLost((reason) => {
          reasons.push(reason);
          resolve();
        }),
      );
      socket[how]();
      await lost;
      await expect(line.write(Uint8Array.of(1), 1_000)).rejects.toMatchObject({ code: "line-closed" });
      await line.close();
      expect(reasons).toHaveLength(1);
    },
  );

  it("sends what was written before it is closed, and tells no loss", async () => {
    const { line, socket } = await connected();
    const lost: string[] = [];
    line.onLost((reason) => lost.push(reason));
    const all: number[] = [];
    socket.on("data", (bytes: Buffer) => all.push(...bytes));
    const ended = once(socket, "end");
    void line.write(Uint8Array.of(9, 8), 1_000);
    await line.close();
    await ended;
    expect({ all, lost }).toEqual({ all: [9, 8], lost: [] });
  });

  it("says so when nobody listens, and opens again later", async () => {
    server.close();
    const line = tcpLine(settings, { clock: SYSTEM_CLOCK });
    await expect(line.open()).rejects.toMatchObject({ code: "line-open-failed" });
    server = createServer().listen(settings.port, HOST);
    await once(server, "listening");
    await line.open();
    await line.close();
  });
});
