/** What may happen at a site, drawn from a seed: reports, decisions, presence, punches, changes of settings, absences of the centre. */
import { formatInstant, type Random } from "../../../../protocol/time.ts";
import { DAY_MS, goodPc, HOUR_MS, type PcState, punchOf } from "./reports.ts";
import type { Site } from "./site.ts";

export const PCS = ["pc-1", "pc-2", "pc-3", "pc-4"];
/** What a clock shows that has lost its time. */
const RESET_AT = Date.parse("1999-12-31T16:00:00Z");
const ADDRESSES = ["10.1.2.3", "10.1.2.4", "10.1.2.5", "10.1.2.6"];

export class Happenings {
  readonly #site: Site;
  readonly #random: Random;
  readonly #states = new Map<string, PcState>();
  readonly #grants: number[] = [];
  #punches = 0;

  constructor(site: Site, random: Random) {
    this.#site = site;
    this.#random = random;
  }

  async begin(): Promise<void> {
    await this.#site.enrol("hall", "reader");
    for (const [index, name] of PCS.entries()) {
      await this.#site.enrol(name);
      await this.#site.online(name);
      this.#states.set(name, goodPc(this.#site.now, { hostname: name, address: ADDRESSES[index] ?? "" }));
    }
  }

  async next(): Promise<void> {
    const site = this.#site;
    const name = this.#pick(PCS);
    const happening = this.#pick([
      () => this.#report(name),
      () => this.#report(name),
      () => site.presence(name, this.#pick(["online", "stopping", "lost"] as const)),
      () => site.online(name),
      () => site.approve(name, this.#pick(["desktop", "desktop", "server"] as const)),
      () => this.#grant(name),
      () => this.#revoke(),
      () => this.#punch(),
      () => this.#judgePunch(),
      () => this.#power(name),
      () => this.#restart(),
      () => this.#set(),
      () => site.decide({ kind: "source.revoked", body: { source: name, by: "test" } }),
      () =>
        site.decide({
          kind: "source.enrolled",
          body: { source: name, kind: "agent", hostname: name, simulated: false, by: "test" },
        }),
      () =>
        site.decide({
          kind: "source.duplicate",
          body: { source: name, epoch: "00000000000000aa", detail: "two", addresses: [] },
        }),
    ]);
    await happening();
  }

  async #report(name: string): Promise<void> {
    const site = this.#site;
    const before = this.#states.get(name) as PcState;
    const state: PcState = {
      ...before,
      address: this.#random() < 0.4 ? this.#pick(ADDRESSES) : before.address,
      origin: this.#pick(["manual", "dhcp"]),
      protection: this.#pick([true, true, false, null]),
      products: this.#pick([0, 1, 1, 2]),
      definitionsAt: this.#pick([null, site.now - this.#random() * 10 * DAY_MS]),
      lastScanAt: this.#pick([null, site.now - this.#random() * 5 * DAY_MS]),
      os: this.#pick(["linux", "windows", "windows-server"]),
      security: this.#pick([0, 3]),
      level: this.#pick(["26100.1", "26100.9999", "6.1.0"]),
    };
    this.#states.set(name, state);
    await site.report(name, state, this.#pick(["start", "change", "daily"]));
  }

  async #grant(name: string): Promise<void> {
    const to = this.#pick([null, "2026-11-25", "2026-11-27"]);
    this.#grants.push(
      await this.#site.grant(name, this.#pick(ADDRESSES), this.#pick(["2026-11-01", "2026-11-26"]), to),
    );
  }

  async #revoke(): Promise<void> {
    if (this.#grants.length === 0) return;
    await this.#site.decide({ kind: "ip.revoked", body: { grant: this.#pick(this.#grants), by: "test", reason: "r" } });
  }

  /** Of any punch, also one that nobody doubts, was read twice, or was decided about before. */
  async #judgePunch(): Promise<void> {
    const rows = await this.#site.store.read
      .selectFrom("record")
      .select(["id", "body"])
      .where("kind", "=", "punch")
      .execute();
    const doubtful = rows.filter(({ body }) => body.includes("doubt"));
    const some = this.#random() < 0.8 ? doubtful : rows;
    if (some.length === 0) return;
    const body = { punch: this.#pick(some).id, by: "test", reason: "why" };
    const at = formatInstant(this.#site.now - HOUR_MS);
    await this.#site.decide(
      this.#random() < 0.7
        ? { kind: "punch.accepted", body: { ...body, at, basis: "officer", measured: null } }
        : { kind: "punch.rejected", body },
    );
  }

  async #punch(): Promise<void> {
    const user = String(this.#punches++ % 3);
    const isReset = this.#random() < 0.3;
    const at = isReset ? RESET_AT + Math.floor(this.#random() * HOUR_MS) : this.#site.now + this.#pick([0, 0, 600_000]);
    const doubt = isReset ? { doubt: "before-installation" as const } : {};
    const more = { ordinal: this.#pick([0, 0, 1]), via: this.#pick(["live", "log"] as const), ...doubt };
    await this.#site.record("hall", "punch", punchOf(user, at, more), { at });
    await this.#site.record("hall", "punch", punchOf(user, at, { ...more, via: "log" }), { at });
    const clock = {
      event: this.#pick(["online", "lost", "state"]),
      clock: "hall-1",
      device: 1,
      family: "tcb",
      port: "p",
      ...(this.#random() < 0.3 ? { offsetBeforeMs: this.#pick([100, -70_000, 45_000]) } : {}),
    };
    await this.#site.record("hall", "clock", clock);
  }

  async #power(name: string): Promise<void> {
    const body = { event: this.#pick(["boot", "unexpected-shutdown"]), bootId: "b", source: "wtmp", evidence: [] };
    await this.#site.record(name, "power", body, { offsetMs: this.#pick([0, 45_000]) });
  }

  async #set(): Promise<void> {
    const [key, value] = this.#pick([
      ["compliance.definitionsOldDays", 5],
      ["compliance.definitionsOldDays", 9],
      ["compliance.driftSeconds", 60],
      ["compliance.grace.WG14-ip-change", 7200],
      ["compliance.grace.WG14-ip-change", null],
      ["compliance.scanJudgedAt", "12:00"],
    ] as const);
    await this.#site.decide({ kind: "setting.changed", body: { key, value, by: "test", reason: "r" } });
  }

  async #restart(): Promise<void> {
    // The centre was away: nothing was handled meanwhile, neither records nor deadlines.
    const silentSince = this.#site.now;
    await this.#site.clock.advance(Math.floor(this.#random() * 6 * HOUR_MS));
    await this.#site.decide({ kind: "centre.started", body: { silentSince, version: "0" } });
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)] as T;
  }
}
