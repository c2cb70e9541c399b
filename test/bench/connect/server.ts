/** Starts the measured server, asks it for its memory, kills it as a power cut would. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { ServerFigures, ServerMessage, ServerOrder, ServerQuestion } from "./server-process.ts";

export class MeasuredServer {
  readonly port: number;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#process = child;
    this.port = port;
  }

  static async start(order: ServerOrder): Promise<MeasuredServer> {
    const file = fileURLToPath(new URL("./server-process.ts", import.meta.url));
    const child = fork(file, { execArgv: ["--import", "tsx", "--expose-gc"] });
    child.send(order);
    const [message] = (await Promise.race([
      once(child, "message"),
      once(child, "exit").then(() => {
        throw new Error("the server died");
      }),
    ])) as [ServerMessage];
    if (message.type !== "listening") throw new Error("the server did not listen");
    return new MeasuredServer(child, message.port);
  }

  /** After a collection of garbage. */
  async figures(): Promise<ServerFigures> {
    this.#ask({ ask: "figures" });
    const [message] = (await once(this.#process, "message")) as [ServerMessage];
    if (message.type !== "figures") throw new Error("no figures");
    return message.figures;
  }

  /** Its counters alone, which costs it nothing. */
  async stats(): Promise<Record<string, number>> {
    this.#ask({ ask: "stats" });
    const [message] = (await once(this.#process, "message")) as [ServerMessage];
    if (message.type !== "stats") throw new Error("no counters");
    return message.stats;
  }

  /** Publishes acknowledgements of so many bytes to whoever reads them, as fast as the broker takes them. */
  floodAcks(topic: string, bytes: number, times: number): void {
    this.#ask({ ask: "flood-acks", topic, bytes, times });
  }

  async kill9(): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }

  #ask(question: ServerQuestion): void {
    this.#process.send(question);
  }
}
