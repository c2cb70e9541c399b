/** A ZK driver and a simulated terminal, joined in memory, in virtual time. */
import { ZkDriver } from "../../../../collector/clocks/drivers/zk-driver.ts";
import { ZkExchange } from "../../../../collector/clocks/drivers/zk-exchange.ts";
import { SILENT_LOG } from "../../../../protocol/log.ts";
import type { TerminalOptions } from "../../../../simulators/zk/state.ts";
import { ZkTerminal } from "../../../../simulators/zk/terminal.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";
import { MemoryLine } from "./memory-line.ts";

export const ZK_USERS = Array.from({ length: 40 }, (_, index) => 1_001 + index);

/** Each opening of the line is a new connection to the terminal. */
export function makeZkHall(options: Partial<TerminalOptions> = {}, commKey = options.commKey ?? 0) {
  const clock = new VirtualClock();
  const line = new MemoryLine();
  const terminal = new ZkTerminal({ users: ZK_USERS, ...options }, { clock });
  let opens = -1;
  let connection: ReturnType<ZkTerminal["accept"]> | undefined;
  line.device = (bytes) => {
    if (opens !== line.opens) {
      opens = line.opens;
      connection?.closed();
      connection = terminal.accept(
        (reply) => clock.after(1, () => line.receive(reply)),
        () => line.unplug(),
      );
    }
    connection?.receive(bytes);
  };
  const exchange = new ZkExchange({ line, clock, log: SILENT_LOG });
  return { clock, line, terminal, exchange, driver: new ZkDriver({ device: 1, commKey }, exchange) };
}
