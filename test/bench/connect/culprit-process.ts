/** A client that misbehaves, in a process of its own: what it costs itself is not what it costs others. */
import { once } from "node:events";
import { addressOf, formatTopic } from "../../../protocol/messages/topics.ts";
import { SITE } from "../intake/load-client.ts";
import { encodeConnect, encodeSubscribe } from "../intake/mqtt-wire.ts";
import { type Credentials, openTls } from "./witness.ts";

export interface CulpritOrder {
  what: "stop-reading" | "send-huge";
  credentials: Credentials;
  times: number;
}

const HUGE_BYTES = 40_000_000;
const KEEPALIVE_SECONDS = 300;
/** Fixed header of a CONNECT that declares 40,000,000 bytes. */
const HUGE_CONNECT = Buffer.from([0x10, 0x80, 0xda, 0xc4, 0x13]);

/** Subscribes to its acknowledgements and never reads again. */
async function stopReading(credentials: Credentials): Promise<void> {
  const socket = await openTls(credentials);
  socket.on("error", () => {});
  const topic = formatTopic(addressOf(SITE, credentials.source), "ack");
  socket.write(Buffer.concat([encodeConnect(credentials.source, KEEPALIVE_SECONDS), encodeSubscribe(1, topic)]));
  await once(socket, "data");
  await once(socket, "data");
  socket.pause();
}

async function sendHuge(credentials: Credentials): Promise<void> {
  const socket = await openTls(credentials);
  socket.on("error", () => {});
  const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.resume();
  socket.write(HUGE_CONNECT);
  socket.write(Buffer.alloc(HUGE_BYTES));
  await gone;
}

process.once("message", async ({ what, credentials, times }: CulpritOrder) => {
  for (let n = 0; n < times; n++) await (what === "stop-reading" ? stopReading : sendHuge)(credentials);
  process.send?.("done");
});
process.on("disconnect", () => process.exit());
