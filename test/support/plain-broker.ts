/** An MQTT broker without rules, for tests of a source alone: notes what it is told, and can refuse, fall silent, or be cut off. */
import { createServer as createPlainServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from "node:tls";
import { Aedes } from "aedes";
import { onTestFinished } from "vitest";

export interface Told {
  /** The last level of the topic. */
  channel: string;
  payload: Record<string, unknown>;
  qos: number;
  retain: boolean;
}

export interface PlainBroker {
  url: string;
  /** What clients published, wills included, the oldest first. */
  told: Told[];
  /** CONNECT packets and subscriptions, the oldest first. */
  connects: { clientId: string; clean: boolean; keepalive: number; resumed: boolean }[];
  subscriptions: { topic: string; qos: number }[];
  /** Answers CONNECT with this code instead of 0. */
  refuseWith: number | undefined;
  /** Owes the PUBACK of everything from now on. */
  isSilent: boolean;
  /** Called with each thing told. */
  onTold: (told: Told & { topic: string }) => void;
  publish(topic: string, message: unknown): Promise<void>;
  /** Cuts every connection without a word. */
  cut(): void;
}

export async function openPlainBroker(tls?: TlsOptions): Promise<PlainBroker> {
  const sockets = new Set<Socket>();
  const aedes = await Aedes.createBroker({
    concurrency: 0,
    authenticate: (_client, _name, _password, done) => {
      if (broker.refuseWith === undefined) done(null, true);
      else done(Object.assign(new Error("refused"), { returnCode: broker.refuseWith as 5 }), null);
    },
    authorizePublish: (_client, _packet, done) => {
      if (!broker.isSilent) done(null);
    },
  });
  const broker: PlainBroker = {
    url: "",
    told: [],
    connects: [],
    subscriptions: [],
    refuseWith: undefined,
    isSilent: false,
    onTold: () => {},
    publish: (topic, message) =>
      new Promise((resolve, reject) => {
        const payload = Buffer.from(typeof message === "string" ? message : JSON.stringify(message));
        const packet = { cmd: "publish", topic, payload, qos: 0, retain: false, dup: false } as const;
        aedes.publish(packet, (error) => (error ? reject(error) : resolve()));
      }),
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
  };

  aedes.on("publish", ({ topic, payload, qos, retain }, client) => {
    if (topic.startsWith("$SYS")) return;
    // A will has no client any more; what the test itself publishes is not told by anybody.
    if (!client && !topic.endsWith("/status")) return;
    const channel = topic.split("/").at(-1) as string;
    const told = { channel, payload: JSON.parse(payload.toString()), qos, retain };
    broker.told.push(told);
    broker.onTold({ ...told, topic });
  });
  aedes.on("subscribe", (subscriptions) => {
    broker.subscriptions.push(...subscriptions.map(({ topic, qos }) => ({ topic, qos })));
  });
  const onSocket = (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => {});
    aedes.handle(socket);
  };
  aedes.on("clientReady", (client) => {
    const { id, clean } = client;
    // aedes waits one and a half times as long as the client said.
    const { _keepaliveInterval } = client as unknown as { _keepaliveInterval: number };
    const keepalive = Math.floor(_keepaliveInterval / 1500);
    const resumed = (client.conn as Partial<TLSSocket>).isSessionReused?.() ?? false;
    broker.connects.push({ clientId: id, clean, keepalive, resumed });
  });
  aedes.on("clientError", () => {});
  aedes.on("connectionError", () => {});
  const server: Server = tls ? createTlsServer(tls, onSocket) : createPlainServer(onSocket);
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    broker.cut();
    server.close();
    await new Promise<void>((resolve) => aedes.close(resolve));
  });
  const { port } = server.address() as { port: number };
  broker.url = `${tls ? "mqtts" : "mqtt"}://127.0.0.1:${port}`;
  return broker;
}
