/** How a module answers, as a stack: what is defined later is asked first, and what it leaves open is inherited. */
import { CODE, COMMAND } from "./wire.ts";

export interface ModuleState {
  address: number;
  password: number;
  librarySize: number;
  /** Which finger's template is on which page. */
  library: Map<number, number>;
  /** What lies on the sensor. */
  finger: number | undefined;
  image: number | undefined;
  /** Features in buffers 1 and 2. */
  buffers: [number | undefined, number | undefined];
  /** A template built of both buffers. */
  template: number | undefined;
  isTrusted: boolean;
}

/** `"silence"`: the module hears the command and says nothing. */
export type Answer = { code: number; data?: number[] } | "silence";

export interface ModuleBehaviour {
  name: string;
  /** By command; undefined leaves the answer to the behaviour beneath. */
  answers?: Record<number, (state: ModuleState, data: Uint8Array) => Answer | undefined>;
}

/** A behaviour that answers one command always alike, `times` times or always. */
export function answering(command: number, answer: Answer, times = Number.POSITIVE_INFINITY): ModuleBehaviour {
  let left = times;
  return { name: `answering ${command}`, answers: { [command]: () => (left-- > 0 ? answer : undefined) } };
}

const OK: Answer = { code: CODE.OK };
const SCORE = 120;
const BAUD_MULTIPLE = 6;
const INDEX_BYTES = 32;

function u16(value: number): number[] {
  return [value >> 8, value & 0xff];
}

function u32(value: number): number[] {
  return [...u16(value >>> 16), ...u16(value & 0xffff)];
}

function search(state: ModuleState, data: Uint8Array): Answer {
  const [buffer = 1, startHigh = 0, startLow = 0, countHigh = 0, countLow = 0] = data;
  const start = (startHigh << 8) | startLow;
  const end = start + ((countHigh << 8) | countLow);
  const finger = state.buffers[buffer === 1 ? 0 : 1];
  for (const [page, stored] of state.library) {
    if (stored === finger && page >= start && page < end) return { code: CODE.OK, data: [...u16(page), ...u16(SCORE)] };
  }
  return { code: CODE.NOT_FOUND, data: [0, 0, 0, 0] };
}

function index(state: ModuleState, data: Uint8Array): Answer {
  const bits: number[] = new Array(INDEX_BYTES).fill(0);
  for (const page of state.library.keys()) {
    const at = page - (data[0] ?? 0) * INDEX_BYTES * 8;
    if (at >= 0 && at < INDEX_BYTES * 8) bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7));
  }
  return { code: CODE.OK, data: bits };
}

function store(state: ModuleState, data: Uint8Array): Answer {
  const page = ((data[1] ?? 0) << 8) | (data[2] ?? 0);
  if (page >= state.librarySize || state.template === undefined) return { code: CODE.BAD_LOCATION };
  state.library.set(page, state.template);
  return OK;
}

function remove(state: ModuleState, data: Uint8Array): Answer {
  const [pageHigh = 0, pageLow = 0, countHigh = 0, countLow = 0] = data;
  const start = (pageHigh << 8) | pageLow;
  const end = start + ((countHigh << 8) | countLow);
  if (end > state.librarySize) return { code: CODE.DELETE_FAILED };
  for (let page = start; page < end; page++) state.library.delete(page);
  return OK;
}

function build(state: ModuleState): Answer {
  const [first, second] = state.buffers;
  if (first === undefined || first !== second) return { code: CODE.COMBINE_FAILED };
  state.template = first;
  return OK;
}

/** An R503: light, index. */
export const STANDARD_BEHAVIOUR: ModuleBehaviour = {
  name: "standard",
  answers: {
    [COMMAND.PASSWORD]: (state, data) => {
      state.isTrusted = Buffer.from(data).readUInt32BE(0) === state.password;
      return { code: state.isTrusted ? CODE.OK : CODE.WRONG_PASSWORD };
    },
    [COMMAND.PARAMETERS]: ({ librarySize, address }) => ({
      code: CODE.OK,
      data: [...u16(0), ...u16(9), ...u16(librarySize), ...u16(3), ...u32(address), ...u16(2), ...u16(BAUD_MULTIPLE)],
    }),
    [COMMAND.CAPTURE]: (state) => {
      state.image = state.finger;
      return { code: state.finger === undefined ? CODE.NO_FINGER : CODE.OK };
    },
    [COMMAND.FEATURES]: (state, data) => {
      if (state.image === undefined) return { code: CODE.TOO_MESSY };
      state.buffers[data[0] === 1 ? 0 : 1] = state.image;
      return OK;
    },
    [COMMAND.SEARCH]: search,
    [COMMAND.BUILD]: build,
    [COMMAND.STORE]: store,
    [COMMAND.DELETE]: remove,
    [COMMAND.COUNT]: ({ library }) => ({ code: CODE.OK, data: u16(library.size) }),
    [COMMAND.INDEX]: index,
    [COMMAND.EMPTY]: ({ library }) => {
      library.clear();
      return OK;
    },
    [COMMAND.LIGHT]: () => OK,
  },
};

/** A ZFM-20: no light, no index, and nothing in the first half second. */
export const ZFM_20: ModuleBehaviour[] = [
  answering(COMMAND.LIGHT, "silence"),
  answering(COMMAND.INDEX, { code: CODE.UNSUPPORTED }),
];

/** Module models by name, for the command line. */
export const MODELS: Record<string, ModuleBehaviour[]> = {
  r503: [],
  "zfm-20": ZFM_20,
  as608: [answering(COMMAND.LIGHT, { code: CODE.UNSUPPORTED })],
};
