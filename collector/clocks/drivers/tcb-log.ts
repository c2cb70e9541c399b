/** Reading TC_B's log page by page, so that no page is skipped, doubled or cut short by a reply that went astray. */
import { STATUS } from "../../../protocol/clock/tcb/commands.ts";
import type { PageFrom, PageRequest } from "../../../protocol/clock/tcb/memory.ts";
import { PAGE_RECORDS_MAX } from "../../../protocol/clock/tcb/record.ts";
import { AppError, isAppError } from "../../../protocol/errors.ts";
import type { DownloadOptions } from "./driver.ts";

export type PageAnswer = { ok: true; data: Uint8Array; receivedAt: number } | { ok: false; status: number };
export type AskPage = (request: PageRequest, attemptsMax: number) => Promise<PageAnswer>;

export interface RawPage {
  /** The count, then the records. */
  data: Uint8Array;
  receivedAt: number;
}

/** A restart and a resend may be said twice; "continue" may not, a page would be skipped. */
const REPEATABLE_ATTEMPTS_MAX = 3;
/** How often one page is tried for when requests or replies get lost. */
const CONTINUE_TRIES_MAX = 3;
/** People punch while the log is read; more than this beyond the count is a clock that begins again and again. */
export const RECORDS_BEYOND_MAX = 1_000;

const EMPTY_PAGE = Uint8Array.of(0);

/** Every page with records, in the clock's order, until the clock says that there is no more. */
export async function* readPages(options: DownloadOptions, ask: AskPage): AsyncGenerator<RawPage> {
  const reading = { ask, expected: options.expected, records: 0 };
  const from = options.from === "oldest" ? "oldest" : "oldestNew";
  let page: RawPage | undefined = await firstPage(reading, from);
  while (page && countOf(page) > 0) {
    reading.records += countOf(page);
    if (reading.records > options.expected + RECORDS_BEYOND_MAX) {
      throw new AppError("log-runaway", `${reading.records} records where ${options.expected} were announced`);
    }
    yield page;
    if (isComplete(reading, options.from)) return;
    await options.pause?.();
    page = await nextPage(reading, page);
  }
}

interface Reading {
  ask: AskPage;
  expected: number;
  records: number;
}

/**
 * All that was announced has come. Of the new records one page more is asked for: there are models whose marks mean
 * nothing, and which send the whole log instead.
 */
function isComplete({ records, expected }: Reading, from: DownloadOptions["from"]): boolean {
  return from === "oldest" && records >= expected;
}

function countOf(page: RawPage): number {
  return page.data[0] ?? 0;
}

async function firstPage(reading: Reading, from: PageFrom): Promise<RawPage> {
  const page = await fetchPage(reading, from, REPEATABLE_ATTEMPTS_MAX);
  return fuller(reading, page);
}

/** A timed-out "continue" leaves it open whether the clock has moved on; the page that it sends again tells. */
async function nextPage(reading: Reading, last: RawPage): Promise<RawPage> {
  for (let tries = 1; ; tries++) {
    const page = await continuePage(reading);
    if (page) return fuller(reading, page);
    const again = await fetchPage(reading, "resend", REPEATABLE_ATTEMPTS_MAX);
    if (!sameBytes(again, last)) return fuller(reading, again);
    if (tries >= CONTINUE_TRIES_MAX) throw new AppError("clock-silent", "the log's next page does not come");
  }
}

/** Undefined when no sound answer came. */
async function continuePage(reading: Reading): Promise<RawPage | undefined> {
  try {
    return await fetchPage(reading, "continue", 1);
  } catch (error) {
    if (isAppError(error, "clock-silent") || isAppError(error, "clock-bad-answer")) return undefined;
    throw error;
  }
}

/** A page with room left although more is to come may have been cut short: the clock is asked to send it again, once. */
async function fuller(reading: Reading, page: RawPage): Promise<RawPage> {
  const count = countOf(page);
  if (count >= PAGE_RECORDS_MAX || reading.records + count >= reading.expected) return page;
  const again = await fetchPage(reading, "resend", REPEATABLE_ATTEMPTS_MAX);
  return countOf(again) > count ? again : page;
}

async function fetchPage(reading: Reading, from: PageFrom, attemptsMax: number): Promise<RawPage> {
  const answer = await reading.ask({ from, count: PAGE_RECORDS_MAX }, attemptsMax);
  if (answer.ok) return answer;
  // Models differ in how they say that there is no (more) record.
  const ended = answer.status === STATUS.empty || answer.status === STATUS.failed;
  if (ended) return { data: EMPTY_PAGE, receivedAt: 0 };
  throw new AppError("clock-refused", `page refused with ${answer.status}`);
}

function sameBytes(a: RawPage, b: RawPage): boolean {
  return Buffer.compare(a.data, b.data) === 0;
}
