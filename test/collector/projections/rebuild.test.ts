/** However the log is cut into batches, restarted or rebuilt, the rows are the same. */
import { expect, test } from "vitest";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import { Happenings } from "./support/happenings.ts";
import { DAY_MS, HOUR_MS } from "./support/reports.ts";
import { projectedRows, Site } from "./support/site.ts";

const SEEDS = [1, 2, 3, 4, 5, 6];

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
  expect(live.punch).toContainEqual(expect.stringMatching(/"decision":"(accepted|rejected)"/));
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
