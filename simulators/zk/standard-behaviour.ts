/** What every terminal does if nothing above it says otherwise. */
import { type Answer, type Asked, answering, type TerminalBehaviour } from "./behaviour.ts";
import { packTime, readUser, tableOf, unpackTime, writeUser } from "./records.ts";
import { dropUser, putUser, type TerminalState, uidOf } from "./state.ts";
import { COMMAND } from "./wire.ts";

const SIZE_FIELDS = 20;
/** Tables below this are sent at once. */
const SMALL_BYTES_MAX = 1_024;
const FINGERPRINTS_MAX = 3_000;
const USERS_MAX = 10_000;

function ok(data?: Uint8Array): Answer {
  return [data ? { command: COMMAND.OK, data } : { command: COMMAND.OK }];
}

const ERROR: Answer = [{ command: COMMAND.ERROR }];

function u32s(...values: number[]): Uint8Array {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32LE(value, index * 4);
  return bytes;
}

function sizes({ options, users, log }: TerminalState): Answer {
  const fields: number[] = new Array(SIZE_FIELDS).fill(0);
  fields[4] = users.length;
  fields[6] = users.length;
  fields[8] = log.length;
  fields[14] = FINGERPRINTS_MAX;
  fields[15] = USERS_MAX;
  fields[16] = options.capacity;
  fields[19] = options.capacity - log.length;
  return ok(u32s(...fields));
}

function option({ options }: TerminalState, { data }: Asked): Answer {
  const name = Buffer.from(data).toString("latin1").replace(/\0.*$/s, "");
  const known: Record<string, string> = {
    "~SerialNumber": options.serial,
    "~DeviceName": options.model,
    "~OS": "1",
    "~Platform": "ZEM560_TFT",
  };
  const value = known[name];
  return value === undefined ? ERROR : ok(Buffer.from(`${name}=${value}\0`, "latin1"));
}

function table(state: TerminalState, { data, connection }: Asked): Answer {
  const which = Buffer.from(data).readUInt16LE(1);
  if (which !== COMMAND.ATTENDANCE && which !== COMMAND.USERS) return ERROR;
  connection.prepared = tableOf(which === COMMAND.ATTENDANCE ? state.log : userRows(state));
  const { prepared } = connection;
  if (prepared.length <= SMALL_BYTES_MAX) return [{ command: COMMAND.DATA, data: prepared }];
  return ok(Buffer.concat([Uint8Array.of(0), u32s(prepared.length, prepared.length, 0)]));
}

function userRows(state: TerminalState): Uint8Array[] {
  const { users, names, options } = state;
  return users.map((user) =>
    writeUser(options.userBytes, uidOf(state, user), user, names.get(user) ?? new Uint8Array()),
  );
}

/** Firmware of another layout refuses the row. */
function writtenUser(state: TerminalState, { data }: Asked): Answer {
  const row = readUser(state.options.userBytes, data);
  if (!row || state.users.length >= USERS_MAX) return ERROR;
  putUser(state, row.uid, row.user, row.name);
  return ok();
}

function deletedUser(state: TerminalState, { data }: Asked): Answer {
  return data.length === 2 && dropUser(state, Buffer.from(data).readUInt16LE(0)) ? ok() : ERROR;
}

function piece(_: TerminalState, { data, connection }: Asked): Answer {
  const [start, length] = [Buffer.from(data).readUInt32LE(0), Buffer.from(data).readUInt32LE(4)];
  if (start + length > connection.prepared.length) return ERROR;
  const bytes = connection.prepared.subarray(start, start + length);
  return [
    { command: COMMAND.PREPARED, data: u32s(length, 0) },
    { command: COMMAND.DATA, data: bytes },
    { command: COMMAND.OK },
  ];
}

export const STANDARD_BEHAVIOUR: TerminalBehaviour = {
  name: "standard",
  eventTries: 1,
  answers: {
    [COMMAND.VERSION]: ({ options }) => ok(Buffer.from(`${options.firmware}\0`, "latin1")),
    [COMMAND.GET_TIME]: ({ dial }) => ok(u32s(packTime(dial.read()))),
    [COMMAND.SET_TIME]: ({ dial }, { data }) => {
      dial.set(unpackTime(Buffer.from(data).readUInt32LE(0)));
      return ok();
    },
    [COMMAND.SIZES]: sizes,
    [COMMAND.OPTION]: option,
    [COMMAND.EVENTS]: (_, { data, connection }) => {
      connection.events = Buffer.from(data).readUInt32LE(0);
      return ok();
    },
    [COMMAND.TABLE]: table,
    [COMMAND.PIECE]: piece,
    [COMMAND.FREE]: (_, { connection }) => {
      connection.prepared = new Uint8Array();
      return ok();
    },
    [COMMAND.WRITE_USER]: writtenUser,
    [COMMAND.DELETE_USER]: deletedUser,
    [COMMAND.REFRESH]: () => ok(),
    [COMMAND.EXIT]: () => ok(),
  },
};

/** A terminal that cuts a piece short and says that all is well, `times` times: what only counting finds. */
export function shortPieces(times: number): TerminalBehaviour {
  let left = times;
  return {
    name: "short pieces",
    answers: {
      [COMMAND.PIECE]: (state, asked) => {
        if (left-- <= 0) return undefined;
        const whole = piece(state, asked);
        if (whole === "silence") return whole;
        return whole.map(({ command, data }) =>
          command === COMMAND.DATA && data
            ? { command, data: data.subarray(40) }
            : { command, ...(data ? { data } : {}) },
        );
      },
    },
  };
}

/** Accepts a time and keeps its own. */
export const TIME_CANNOT_BE_SET = answering(COMMAND.SET_TIME, ok());
/** Says that a user is written, or gone, and keeps its table as it was. */
export const USERS_CANNOT_BE_CHANGED: TerminalBehaviour = {
  name: "users cannot be changed",
  answers: { [COMMAND.WRITE_USER]: () => ok(), [COMMAND.DELETE_USER]: () => ok() },
};
/** Sends each event several times, as terminals do when an acknowledgement comes late. */
export const EVENTS_TWICE: TerminalBehaviour = { name: "events twice", eventTries: 2 };

/** Terminal models by name, for the command line. */
export const MODELS: Record<string, TerminalBehaviour[]> = {
  standard: [],
  "stubborn-time": [TIME_CANNOT_BE_SET],
  "events-twice": [EVENTS_TWICE],
  "stubborn-users": [USERS_CANNOT_BE_CHANGED],
};
