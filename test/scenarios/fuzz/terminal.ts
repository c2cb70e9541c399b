/** A ZK driver whose terminal's bytes are damaged on their way; what it hands over must have been punched. */
import { ZkDriver } from "../../../collector/clocks/drivers/zk-driver.ts";
import { SILENCE_MS_MAX, ZkExchange } from "../../../collector/clocks/drivers/zk-exchange.ts";
import { isAppError } from "../../../protocol/errors.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import { ZkTerminal } from "../../../simulators/zk/terminal.ts";
import { MemoryLine } from "../../collector/clocks/support/memory-line.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { bytesFrom, damage } from "./bytes.ts";

const USERS = [1_001, 1_002, 1_003];
const SIZES = [8, 16, 40] as const;
/** Of the terminal's packets so many are damaged. */
const DAMAGED = 0.3;
const NOISE = 0.1;

export async function fuzzTerminal(seed: number, inputs: number): Promise<{ punches: number; failures: string[] }> {
  const random = seededRandom(seed);
  const clock = new VirtualClock();
  const line = new MemoryLine();
  const terminal = new ZkTerminal({ users: USERS, entrySize: SIZES[seed % SIZES.length] ?? 40 }, { clock });
  terminal.rememberPast(10 + (seed % 200));
  let packets = 0;
  const connection = terminal.accept(
    (bytes) => {
      packets += 1;
      if (random() < NOISE) line.receive(bytesFrom(random));
      line.receive(random() < DAMAGED ? damage(bytes, random) : bytes);
    },
    () => {},
  );
  line.device = (bytes) => connection.receive(bytes);
  const driver = new ZkDriver({ device: 1, commKey: 0 }, new ZkExchange({ line, clock, log: SILENT_LOG }));
  const made = new Set<string>();
  const found: string[] = [];
  driver.onPunch(({ user, deviceTime, type }) => found.push(`${user} ${deviceTime} ${type}`));
  const failures: string[] = [];
  for (let round = 0; packets < inputs && round < inputs; round++) {
    const work = session(driver, found, () => terminal.punch({ user: USERS[round % USERS.length] ?? 0 }));
    if (!(await settled(work, clock, failures))) failures.push("a session hangs");
  }
  for (const { user, deviceTime, type } of terminal.ledger.entries) made.add(`${user} ${deviceTime} ${type}`);
  const invented = found.filter((punch) => !made.has(punch));
  if (invented.length > 0) failures.push(`${invented.length} punches invented, e.g. ${invented[0]}`);
  return { punches: found.length, failures };
}

async function session(driver: ZkDriver, found: string[], punch: () => void): Promise<void> {
  await driver.open();
  try {
    await driver.setLivePush(true);
    punch();
    for await (const { records } of driver.downloadLog({ from: "oldest", expected: 0 })) {
      for (const { user, deviceTime, type } of records) found.push(`${user} ${deviceTime} ${type}`);
    }
    await driver.users.read();
    punch();
  } finally {
    await driver.close();
  }
}

/** Lets time pass until it is over; an AppError is how an operation may fail. */
async function settled(work: Promise<void>, clock: VirtualClock, failures: string[]): Promise<boolean> {
  let isOver = false;
  work
    .catch((error: unknown) => {
      if (!isAppError(error)) failures.push(String(error));
    })
    .finally(() => {
      isOver = true;
    });
  for (let tries = 0; tries < 60 && !isOver; tries++) await clock.advance(SILENCE_MS_MAX / 10);
  for (let tries = 0; tries < 60 && !isOver; tries++) await clock.advance(SILENCE_MS_MAX);
  return isOver;
}
