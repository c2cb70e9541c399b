/** However the log is cut into batches, restarted or rebuilt, the rows are the same. */
import { expect, test } from "vitest";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import type { Random } from "../../../protocol/time.ts";
import { DAY_MS, goodPc, HOUR_MS, type PcState, punchOf } from "./support/reports.ts";
import { projectedRows, Site } from "./support/site.ts";

const PCS = ["pc-1", "pc-2", "pc-3", "pc-4"];
const ADDRESSES = ["10.1.2.3", "10.1.2.4", "10.1.2.5", "10.1.2.6"];
const SEEDS = [1, 2, 3, 4, 5, 6];

/** What may happen at a site, drawn from a seed. */
class Happenings {
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

  async #punch(): Promise<void> {
    const user = String(this.#punches++ % 3);
    const at = this.#site.now + this.#pick([0, 0, 600_000]);
    const more = { ordinal: this.#pick([0, 0, 1]), via: this.#pick(["live", "log"] as const) };
    await this.#site.record("hall", "punch", punchOf(user, at, more), { at });
    await this.#site.record("hall", "punch", punchOf(user, at, { ...more, via: "log" }), { at });
    const clock = {
      event: this.#pick(["online", "lost", "state"]),
      clock: "hall-1",
      device: 1,
      family: "tcb",
      port: "p",
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

test.each(SEEDS)("rows are the same live, after restarts and rebuilt (seed %i)", { timeout: 60_000 }, async (seed) => {
  const random = seededRandom(seed);
  const site = await Site.open();
  const happenings = new Happenings(site, random);
  await happenings.begin();
  let projector = site.projector;
  for (let step = 0; step < 250; step++) {
    // The batches are cut anywhere, before and after time has passed.
    if (random() < 0.3) await projector.catchUp();
    await site.clock.advance(Math.floor(random() < 0.1 ? random() * 16 * HOUR_MS : random() * 300_000));
    if (random() < 0.3) await projector.catchUp();
    if (random() < 0.1) {
      await projector.stop();
      projector = site.newProjector();
    }
    await happenings.next();
  }
  await site.clock.advance(DAY_MS);
  await projector.catchUp();
  const live = await projectedRows(site.store);
  expect(live.finding?.length).toBeGreaterThan(20);
  const told = await site.store.read.selectFrom("change").selectAll().execute();

  await projector.stop();
  await site.clock.advance(DAY_MS);
  const rebuilder = site.newProjector();
  const news: unknown[] = [];
  rebuilder.onChange((changes) => news.push(...changes));
  await rebuilder.rebuild();
  expect(await projectedRows(site.store), `seed ${seed}`).toEqual(live);
  expect(news).toEqual([]);
  expect(await site.store.read.selectFrom("change").selectAll().execute()).toEqual(told);
});
