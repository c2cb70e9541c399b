/** An EF01 fingerprint module as what it is: a sensor with a library of templates, which stay in it. */
import {
  CONFIRMATION,
  type CommandName,
  type Confirmation,
  confirmationOf,
  decodeMatch,
  decodeParameters,
  type LIGHT_COLOUR,
  lightData,
  type Parameters,
  passwordData,
  removeData,
  searchData,
  storeData,
} from "../../../protocol/clock/ef01/commands.ts";
import { AppError, isAppError } from "../../../protocol/errors.ts";
import type { LineErrors } from "./driver.ts";
import type { Acknowledgement, Ef01Exchange } from "./ef01-exchange.ts";

/** A ZFM-20 needs it before it answers; others may have sent their 55 by then. */
export const POWER_ON_MS = 500;
const HELLO_TRIES_MAX = 3;
/** `readIndex` tells of so many pages at a time. */
const INDEX_PAGES = 256;
const LIGHT_SPEED = 0x20;
/** So many commands without an answer, and none with one, make a module without a light. */
export const LIGHT_SILENCES_MAX = 3;

export interface ModuleOptions {
  /** The number that people gave it. */
  device: number;
  /** 0..FFFFFFFF; 0 from the factory. */
  password: number;
}

/** What one look at the sensor found. `unclear`: a finger, but no usable image of it. */
export type Look = "no-finger" | "unclear" | "features";
export type Found = { page: number; score: number; raw: string; at: number };

export class Ef01Module {
  readonly family = "ef01";
  readonly device: number;
  readonly #password: number;
  readonly #exchange: Ef01Exchange;
  #parameters: Parameters | undefined;
  /** Undefined: no answer about it yet. */
  #hasLight: boolean | undefined;
  #lightSilences = 0;

  constructor({ device, password }: ModuleOptions, exchange: Ef01Exchange) {
    this.device = device;
    this.#password = password;
    this.#exchange = exchange;
  }

  get lineName(): string {
    return this.#exchange.lineName;
  }

  /** How many templates it can hold; 0 before `open`. */
  get librarySize(): number {
    return this.#parameters?.librarySize ?? 0;
  }

  lineErrors(): LineErrors {
    return { ...this.#exchange.errors };
  }

  onLost(handler: (reason: string) => void): () => void {
    return this.#exchange.onLost(handler);
  }

  /** Rejects with AppError `clock-refused` (wrong password), `clock-silent`, `clock-bad-answer` (another address), or the line's codes. */
  async open(): Promise<void> {
    await this.#exchange.open();
    try {
      await this.#exchange.sleep(POWER_ON_MS);
      await this.#greet();
      const { data } = await this.#must("readParameters");
      this.#parameters = decodeParameters(data);
      if (!this.#parameters) throw new AppError("clock-bad-answer", "parameters that no module has");
    } catch (error) {
      await this.#exchange.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#exchange.close();
  }

  async count(): Promise<number> {
    const { data } = await this.#must("count");
    if (data.length !== 2) throw new AppError("clock-bad-answer", "a count of other than two bytes");
    return ((data[0] as number) << 8) | (data[1] as number);
  }

  /** Takes an image and, if there is a finger on the sensor, its features into a buffer. */
  async look(buffer: 1 | 2): Promise<Look> {
    const image = await this.#ask("capture");
    if (image === "noFinger") return "no-finger";
    if (image !== "ok") return "unclear";
    return (await this.#ask("toFeatures", [buffer])) === "ok" ? "features" : "unclear";
  }

  /** Looks for the features of buffer 1 in the library; undefined: not in it. */
  async search(): Promise<Found | undefined> {
    const { code, data, receivedAt } = await this.#exchange.ask("search", searchData(1, 0, this.librarySize));
    if (code === CONFIRMATION.notFound || code === CONFIRMATION.libraryEmpty) return undefined;
    if (code !== CONFIRMATION.ok) throw refused("search", code);
    const match = decodeMatch(data);
    // A page beyond the library is no page: rather no punch than somebody else's.
    if (!match || match.page >= this.librarySize) throw new AppError("clock-bad-answer", "a match that cannot be");
    return { ...match, raw: Buffer.from(data).toString("hex"), at: receivedAt };
  }

  /**
   * Shows a colour for a moment. Modules without a light refuse, and are not asked again; or they say nothing, as does a line that
   * loses an answer, so that one silence is no proof. Rejects with `clock-silent` while that is open, and with other codes of the line.
   */
  async light(colour: keyof typeof LIGHT_COLOUR, times: number): Promise<void> {
    if (this.#hasLight === false) return;
    try {
      const answer = await this.#ask("light", lightData("flashing", LIGHT_SPEED, colour, times));
      this.#hasLight ??= answer === "ok";
    } catch (error) {
      if (!isAppError(error, "clock-silent") || this.#hasLight) throw error;
      this.#lightSilences += 1;
      if (this.#lightSilences < LIGHT_SILENCES_MAX) throw error;
      this.#hasLight = false;
    }
  }

  /** The lowest page without a template; undefined when the library is full or the module has no index (`hasIndex` false). */
  async freePage(): Promise<{ hasIndex: boolean; page: number | undefined }> {
    for (let block = 0; block * INDEX_PAGES < this.librarySize; block++) {
      const { code, data } = await this.#exchange.ask("readIndex", [block]);
      if (code === CONFIRMATION.unsupported) return { hasIndex: false, page: undefined };
      if (code !== CONFIRMATION.ok) throw refused("readIndex", code);
      const page = block * INDEX_PAGES + firstFree(data);
      if (page < Math.min(this.librarySize, (block + 1) * INDEX_PAGES)) return { hasIndex: true, page };
    }
    return { hasIndex: true, page: undefined };
  }

  /** Makes one template of both buffers. False when they are of different fingers. */
  async combine(): Promise<boolean> {
    const answer = await this.#ask("buildTemplate");
    if (answer === "combineFailed" || answer === "noMatch") return false;
    if (answer !== "ok") throw new AppError("clock-refused", `buildTemplate refused: ${answer ?? "unknown code"}`);
    return true;
  }

  /**
   * Deletes the template of a page, and asks whether it is gone: by the index, or where there is none by the number of templates.
   * Rejects with AppError `clock-bad-answer` when it is not.
   */
  async remove(page: number): Promise<void> {
    const before = await this.count();
    await this.#must("remove", removeData(page, 1));
    const isThere = (await this.#holds(page)) ?? (await this.count()) >= before;
    if (isThere) throw new AppError("clock-bad-answer", `the template on page ${page} is still there`);
  }

  async store(page: number): Promise<void> {
    await this.#must("store", storeData(1, page));
  }

  /** Undefined where the module has no index. */
  async #holds(page: number): Promise<boolean | undefined> {
    const { code, data } = await this.#exchange.ask("readIndex", [Math.floor(page / INDEX_PAGES)]);
    if (code === CONFIRMATION.unsupported) return undefined;
    if (code !== CONFIRMATION.ok) throw refused("readIndex", code);
    const bit = page % INDEX_PAGES;
    return (((data[bit >> 3] ?? 0) >> (bit & 7)) & 1) === 1;
  }

  /** A module that has just got its power may miss the first commands. */
  async #greet(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        const answer = await this.#ask("verifyPassword", passwordData(this.#password));
        if (answer === "ok") return;
        const isWrong = answer === "wrongPassword";
        throw new AppError("clock-refused", isWrong ? "the module's password is another" : `refused: ${answer}`);
      } catch (error) {
        if (!isAppError(error, "clock-silent") || tries >= HELLO_TRIES_MAX) throw error;
      }
    }
  }

  async #ask(name: CommandName, data: readonly number[] = []): Promise<Confirmation | undefined> {
    const { code } = await this.#exchange.ask(name, data);
    const confirmation = confirmationOf(code);
    if (confirmation === "receiveError") throw new AppError("clock-bad-answer", `${name} was not understood`);
    if (confirmation === "passwordNeeded") throw new AppError("clock-refused", "the module has forgotten the password");
    return confirmation;
  }

  async #must(name: CommandName, data: readonly number[] = []): Promise<Acknowledgement> {
    const answer = await this.#exchange.ask(name, data);
    if (answer.code !== CONFIRMATION.ok) throw refused(name, answer.code);
    return answer;
  }
}

/** One bit a page, the lowest bit first; 256 or more when all are taken. */
function firstFree(index: Uint8Array): number {
  for (let page = 0; page < index.length * 8; page++) {
    if ((((index[page >> 3] as number) >> (page & 7)) & 1) === 0) return page;
  }
  return INDEX_PAGES;
}

function refused(name: CommandName, code: number): AppError {
  return new AppError("clock-refused", `${name} refused with ${code.toString(16).padStart(2, "0")}`);
}
