/** One question to a local stream socket (clamd), and the source address towards a host (nothing is sent). */
import { createSocket } from "node:dgram";
import { createConnection } from "node:net";
import { failureOf } from "./errno.ts";
import { fail, type ReadText, type RunOptions } from "./os.ts";

const ANSWER_BYTES_MAX = 64 * 1024;
const ANSWER_TIMEOUT_MS = 3_000;

/** Sends `request`, returns what comes until the other side closes. */
export function askSocket(socketPath: string, request: string, options: RunOptions = {}): Promise<ReadText> {
  const { timeoutMs = ANSWER_TIMEOUT_MS, maxBytes = ANSWER_BYTES_MAX } = options;
  return new Promise((resolve) => {
    const socket = createConnection(socketPath);
    let text = "";
    const settle = (result: ReadText) => {
      clearTimeout(limit);
      socket.destroy();
      resolve(result);
    };
    const limit = setTimeout(() => settle(fail("probe-timeout", `${socketPath}: no answer`)), timeoutMs);
    socket.setEncoding("utf8");
    socket.on("connect", () => socket.write(request));
    socket.on("data", (chunk: string) => {
      text += chunk;
      if (text.length > maxBytes) settle(fail("probe-failed", `${socketPath}: answer too long`));
    });
    socket.on("end", () => settle({ ok: true, text }));
    socket.on("error", (error) => settle(failureOf(error, socketPath, "not-running")));
  });
}

/** Connecting a UDP socket asks the routing table only; no packet leaves. */
export function sourceAddressTo(host: string): Promise<ReadText> {
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    const settle = (result: ReadText) => {
      socket.close();
      resolve(result);
    };
    // Node hands a failure to the callback, which its types do not say, and emits it only where there is none.
    const connected = (error?: Error) =>
      settle(error ? failureOf(error, `route to ${host}`) : { ok: true, text: socket.address().address });
    socket.connect(DISCARD_PORT, host, connected);
  });
}

const DISCARD_PORT = 9;
