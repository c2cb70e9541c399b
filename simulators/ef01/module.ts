/** One simulated EF01 module: a sensor that fingers are laid on by command, a library, a light that people look at. */
import type { Clock } from "../../protocol/time.ts";
import { type Answer, type ModuleBehaviour, type ModuleState, STANDARD_BEHAVIOUR } from "./behaviour.ts";
import { answer, CODE, COMMAND, CommandScanner } from "./wire.ts";

/** An R503 says this about 50 ms after it got its power. */
const HELLO = Uint8Array.of(0x55);
const HELLO_MS = 50;
const COLOURS: Record<number, Light> = { 1: "red", 4: "green" };

export type Light = "red" | "green" | "other";

export interface ModuleOptions {
  address: number;
  password: number;
  librarySize: number;
  /** A ZFM-20 hears nothing in its first 500 ms. */
  startMs: number;
  /** How long capture, features and search take. */
  thinkMs: number;
  library: [page: number, finger: number][];
}

export const MODULE_DEFAULTS: ModuleOptions = {
  address: 0xffffffff,
  password: 0,
  librarySize: 200,
  startMs: 50,
  thinkMs: 20,
  library: [],
};

export class FingerModule {
  readonly state: ModuleState;
  /** Packets for the line, whole. */
  onSend: (bytes: Uint8Array) => void = () => {};
  /** What people in front of it see. */
  onLight: (light: Light) => void = () => {};
  readonly heard = new Map<number, number>();
  readonly #options: ModuleOptions;
  readonly #clock: Clock;
  readonly #behaviours: ModuleBehaviour[] = [STANDARD_BEHAVIOUR];
  #scanner = new CommandScanner();
  /** Undefined without power. */
  #poweredAt: number | undefined;
  #cancels = new Set<() => void>();

  constructor(options: Partial<ModuleOptions>, deps: { clock: Clock }) {
    this.#options = { ...MODULE_DEFAULTS, ...options };
    this.#clock = deps.clock;
    const { address, password, librarySize, library } = this.#options;
    this.state = {
      address,
      password,
      librarySize,
      library: new Map(library),
      finger: undefined,
      image: undefined,
      buffers: [undefined, undefined],
      template: undefined,
      isTrusted: password === 0,
    };
  }

  /** Puts a behaviour on top of the others. */
  define(behaviour: ModuleBehaviour): void {
    this.#behaviours.unshift(behaviour);
  }

  powerUp(): void {
    if (this.#poweredAt !== undefined) return;
    this.#poweredAt = this.#clock.monotonic();
    this.#later(HELLO_MS, () => this.onSend(HELLO));
  }

  /** Forgets image, buffers and who was trusted; the library stays. */
  powerDown(): void {
    this.#poweredAt = undefined;
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#scanner = new CommandScanner();
    const { state } = this;
    Object.assign(state, { image: undefined, buffers: [undefined, undefined], template: undefined });
    state.isTrusted = state.password === 0;
  }

  layOn(finger: number): void {
    this.state.finger = finger;
  }

  lift(): void {
    this.state.finger = undefined;
  }

  receive(bytes: Uint8Array): void {
    const now = this.#clock.monotonic();
    if (this.#poweredAt === undefined || now - this.#poweredAt < this.#options.startMs) return;
    for (const { address, command, data, isSound } of this.#scanner.push(bytes, now)) {
      if (address !== this.state.address) continue;
      this.heard.set(command, (this.heard.get(command) ?? 0) + 1);
      const reply = isSound ? this.#answerTo(command, data) : { code: CODE.RECEIVE_ERROR };
      if (reply !== "silence") this.#reply(command, reply);
    }
  }

  #answerTo(command: number, data: Uint8Array): Answer {
    if (!this.state.isTrusted && command !== COMMAND.PASSWORD) return { code: CODE.PASSWORD_NEEDED };
    for (const { answers } of this.#behaviours) {
      const reply = answers?.[command]?.(this.state, data);
      if (!reply) continue;
      if (command === COMMAND.LIGHT && reply !== "silence" && reply.code === CODE.OK) {
        this.onLight(COLOURS[data[2] ?? 0] ?? "other");
      }
      return reply;
    }
    return { code: CODE.UNSUPPORTED };
  }

  #reply(command: number, { code, data }: Exclude<Answer, "silence">): void {
    const bytes = answer(this.state.address, code, data);
    const thinks = [COMMAND.CAPTURE, COMMAND.FEATURES, COMMAND.SEARCH].some((slow) => slow === command);
    if (thinks) this.#later(this.#options.thinkMs, () => this.onSend(bytes));
    else this.onSend(bytes);
  }

  #later(ms: number, action: () => void): void {
    if (ms === 0) {
      action();
      return;
    }
    const cancel = this.#clock.after(ms, () => {
      this.#cancels.delete(cancel);
      action();
    });
    this.#cancels.add(cancel);
  }
}
