/** The commands that every TC_B clock answers. */
import { type Answer, accept, type ClockBehaviour, RET, refuse } from "./behaviour.ts";
import { decodeDial, encodeDial } from "./local-time.ts";
import type { ClockState } from "./state.ts";

export const COMMAND = {
  SERIAL_NUMBER: 0x24,
  IDENTIFY: 0x30,
  GET_CONFIGURATION: 0x32,
  SET_CONFIGURATION: 0x33,
  GET_TIME: 0x38,
  SET_TIME: 0x39,
  COUNTS: 0x3c,
  RECORDS: 0x40,
  TEMPLATE: 0x44,
  DEVICE_TYPE: 0x48,
  CLEAR: 0x4e,
  PUSH: 0x5f,
  CAPACITY: 0x5d,
  DEVICE_ID: 0x74,
  HEARTBEAT: 0x7f,
  STARTED: 0x13,
} as const;

/** Parameters of the record download. */
const RESTART_ALL = 1;
const RESTART_NEW = 2;
const CONTINUE = 0;
const RESEND = 0x10;
const RECORDS_PER_PAGE_MAX = 25;

const CLEAR_DELETE_ALL = 0;
const CLEAR_UNMARK_ALL = 1;
const CLEAR_UNMARK_N = 2;

const LEAVE_AS_IT_IS = 0xff;
const CONFIGURATION_BYTES = 15;

export const STANDARD_BEHAVIOUR: ClockBehaviour = {
  name: "standard",
  answers: {
    [COMMAND.SERIAL_NUMBER]: (state) => accept(asciiField(state.options.serial, 16)),
    [COMMAND.DEVICE_TYPE]: (state) => accept(asciiField(state.options.model, 8)),
    [COMMAND.DEVICE_ID]: (state) => accept(u32(state.options.number)),
    [COMMAND.IDENTIFY]: (state) => accept(Buffer.concat([asciiField(state.options.firmware, 8), state.identityTail])),
    [COMMAND.GET_CONFIGURATION]: (state) => accept(state.configuration),
    [COMMAND.SET_CONFIGURATION]: setConfiguration,
    [COMMAND.GET_TIME]: (state) => accept(encodeDial(state.dial.read())),
    [COMMAND.SET_TIME]: setTime,
    [COMMAND.COUNTS]: (state) => accept(counts(state)),
    [COMMAND.CAPACITY]: ({ capacity, log }) => accept(u24s(capacity.users, capacity.fingerprints, log.capacity)),
    [COMMAND.RECORDS]: records,
    [COMMAND.CLEAR]: clear,
  },
};

function setConfiguration(state: ClockState, data: Uint8Array): Answer {
  if (data.length !== CONFIGURATION_BYTES) return refuse();
  state.configuration = state.configuration.map((old, at) => {
    const wanted = data[at] ?? LEAVE_AS_IT_IS;
    return wanted === LEAVE_AS_IT_IS ? old : wanted;
  });
  return accept();
}

function setTime(state: ClockState, data: Uint8Array): Answer {
  const dialMs = decodeDial(data);
  if (dialMs === undefined) return refuse();
  state.dial.set(dialMs);
  return accept();
}

function counts({ users, counts, log }: ClockState): Uint8Array {
  return u24s(users.size, counts.fingerprints, counts.passwords, counts.cards, log.count, log.newCount);
}

/** `param, n` -> `N` + N records. Behind the end N is 0; a `continue` that follows no start is refused. */
export function records(state: ClockState, data: Uint8Array): Answer {
  const [param, count = 0] = data;
  if (data.length !== 2 || count < 1 || count > RECORDS_PER_PAGE_MAX) return refuse();
  if (param === RESTART_ALL || param === RESTART_NEW) {
    state.download = { onlyNew: param === RESTART_NEW, next: 0, lastPage: new Uint8Array() };
  }
  const { download } = state;
  if (!download) return refuse();
  if (param === RESEND) return download.lastPage.length > 0 ? accept(download.lastPage) : refuse();
  if (param !== RESTART_ALL && param !== RESTART_NEW && param !== CONTINUE) return refuse();
  const page = state.log.page(download.next, count, download.onlyNew);
  download.next = page.next;
  download.lastPage = Buffer.concat([Uint8Array.of(page.records.length), ...page.records]);
  return accept(download.lastPage);
}

/** `type, n u24` -> how many were unmarked, u24. */
function clear(state: ClockState, data: Uint8Array): Answer {
  if (data.length !== 4) return refuse();
  const type = data[0];
  const count = Buffer.from(data).readUIntBE(1, 3);
  if (type === CLEAR_UNMARK_ALL) return accept(u24s(state.log.unmark(Number.POSITIVE_INFINITY)));
  if (type === CLEAR_UNMARK_N) return accept(u24s(state.log.unmark(count)));
  if (type !== CLEAR_DELETE_ALL) return refuse();
  state.download = undefined;
  return state.log.count === 0 ? refuse(RET.EMPTY) : accept(u24s(state.log.clear()));
}

export function u24s(...numbers: number[]): Uint8Array {
  const bytes = Buffer.alloc(numbers.length * 3);
  for (const [at, number] of numbers.entries()) bytes.writeUIntBE(number, at * 3, 3);
  return bytes;
}

function u32(number: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(number);
  return bytes;
}

/** ASCII, cut or filled with zeros to the field's length. */
export function asciiField(text: string, length: number): Uint8Array {
  const bytes = Buffer.alloc(length);
  bytes.write(text, "latin1");
  return bytes;
}
