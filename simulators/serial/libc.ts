/** The few calls of the C library that a pseudo terminal needs, through koffi; loaded only when a simulator asks for one. */
import { AppError } from "../../protocol/errors.ts";

/** Size of glibc's `struct termios` with room to spare; the two speeds lie at bytes 52 and 56. */
const TERMIOS_BYTES = 128;
const OUTPUT_SPEED_OFFSET = 56;
const NAME_BYTES = 128;
const FIONREAD = 0x541b;
const TCSANOW = 0;
const TCIFLUSH = 0;
/** O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC. Non-blocking: a line that nobody reads must not hold the simulator. */
const MASTER_FLAGS = 0o2 | 0o400 | 0o4000 | 0o2000000;

/** Linux's speed codes (`B9600` ...) and the rates that they mean. */
const SPEEDS = new Map([
  [0o7, 300],
  [0o11, 1200],
  [0o13, 2400],
  [0o14, 4800],
  [0o15, 9600],
  [0o16, 19200],
  [0o17, 38400],
  [0o10001, 57600],
  [0o10002, 115200],
  [0o10003, 230400],
  [0o10004, 460800],
  [0o10007, 921600],
]);

export interface Libc {
  /** A new master with its slave unlocked. Throws `pty-failed`. */
  openMaster(): number;
  slaveName(master: number): string;
  /** No echo, no line editing, no signal characters. */
  makeRaw(descriptor: number): void;
  /** The rate the other side has set, in baud; undefined for a rate without a standard code. */
  outputSpeed(descriptor: number): number | undefined;
  /** Bytes that wait unread at the slave. */
  unreadBytes(slave: number): number;
  discardUnread(slave: number): void;
}

let loading: Promise<Libc> | undefined;

/** Loads the C library once. Throws AppError `no-libc` where there is none of this kind. */
export function loadLibc(): Promise<Libc> {
  loading ??= bindLibc();
  return loading;
}

async function bindLibc(): Promise<Libc> {
  try {
    const { default: koffi } = await import("koffi");
    const libc = koffi.load("libc.so.6");
    return wrapCalls({
      openpt: libc.func("int posix_openpt(int flags)"),
      grant: libc.func("int grantpt(int fd)"),
      unlock: libc.func("int unlockpt(int fd)"),
      name: libc.func("int ptsname_r(int fd, _Out_ uint8_t *name, size_t bytes)"),
      getAttributes: libc.func("int tcgetattr(int fd, _Out_ uint8_t *termios)"),
      setAttributes: libc.func("int tcsetattr(int fd, int when, const uint8_t *termios)"),
      makeRaw: libc.func("void cfmakeraw(_Inout_ uint8_t *termios)"),
      flush: libc.func("int tcflush(int fd, int queue)"),
      ioctl: libc.func("int ioctl(int fd, unsigned long request, _Out_ int *value)"),
    });
  } catch (cause) {
    throw new AppError("no-libc", "the C library cannot be called on this platform", { cause });
  }
}

type Call = (...args: unknown[]) => number;
type Calls = Record<
  "openpt" | "grant" | "unlock" | "name" | "getAttributes" | "setAttributes" | "makeRaw" | "flush" | "ioctl",
  Call
>;

function wrapCalls(call: Calls): Libc {
  return {
    openMaster() {
      const master = ask(call.openpt, "posix_openpt", MASTER_FLAGS);
      ask(call.grant, "grantpt", master);
      ask(call.unlock, "unlockpt", master);
      return master;
    },
    slaveName(master) {
      const name = Buffer.alloc(NAME_BYTES);
      ask(call.name, "ptsname_r", master, name, NAME_BYTES);
      return name.toString("latin1", 0, name.indexOf(0));
    },
    makeRaw(descriptor) {
      const termios = readTermios(call, descriptor);
      call.makeRaw(termios);
      ask(call.setAttributes, "tcsetattr", descriptor, TCSANOW, termios);
    },
    outputSpeed(descriptor) {
      return SPEEDS.get(readTermios(call, descriptor).readUInt32LE(OUTPUT_SPEED_OFFSET));
    },
    unreadBytes(slave) {
      const value = [0];
      ask(call.ioctl, "ioctl", slave, FIONREAD, value);
      return value[0] ?? 0;
    },
    discardUnread(slave) {
      ask(call.flush, "tcflush", slave, TCIFLUSH);
    },
  };
}

function readTermios(call: Calls, descriptor: number): Buffer {
  const termios = Buffer.alloc(TERMIOS_BYTES);
  ask(call.getAttributes, "tcgetattr", descriptor, termios);
  return termios;
}

function ask(call: Call, what: string, ...args: unknown[]): number {
  const result = call(...args);
  if (result < 0) throw new AppError("pty-failed", `${what} failed`);
  return result;
}
