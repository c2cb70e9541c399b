/** A second host on this machine: a network namespace joined to this one by a veth pair. Needs root and iproute2. */
import { execFileSync } from "node:child_process";

export interface Namespace {
  /** The address of this side, which the other can reach. */
  readonly hostAddress: string;
  /** Arguments before a command that is to run over there. */
  readonly enter: string[];
  /** Runs `ip ARGS` over there. */
  ip(...args: string[]): void;
  remove(): void;
}

/** `subnet`: three numbers of a /24 that nothing else here uses; this side is .1, the other begins as .2. */
export function addNamespace(name: string, subnet: string): Namespace {
  const [here, there] = [`${name}h`, `${name}g`];
  const enter = ["ip", "netns", "exec", name];
  const namespace: Namespace = {
    hostAddress: `${subnet}.1`,
    enter,
    ip: (...args) => run([...enter, "ip", ...args]),
    remove() {
      for (const command of [
        ["ip", "netns", "delete", name],
        ["ip", "link", "delete", here],
      ]) {
        try {
          run(command);
        } catch {
          // Gone already: the one end takes the other with it.
        }
      }
    },
  };
  namespace.remove();
  run(["ip", "netns", "add", name]);
  run(["ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", name]);
  run(["ip", "addr", "add", `${subnet}.1/24`, "dev", here]);
  run(["ip", "link", "set", here, "up"]);
  namespace.ip("link", "set", "lo", "up");
  namespace.ip("addr", "add", `${subnet}.2/24`, "dev", there);
  namespace.ip("link", "set", there, "up");
  return namespace;
}

/** Whether namespaces can be made here. */
export function canAddNamespaces(): boolean {
  try {
    run(["ip", "netns", "add", "dianmao-probe"]);
    run(["ip", "netns", "delete", "dianmao-probe"]);
    return true;
  } catch {
    return false;
  }
}

function run([program, ...args]: string[]): void {
  execFileSync(program as string, args, { stdio: ["ignore", "ignore", "pipe"] });
}
