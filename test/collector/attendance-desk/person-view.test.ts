import { expect, test } from "vitest";
import { personSheet } from "../../../collector/attendance-desk/person-view.ts";
import { requestRow } from "../../../collector/cli/attendance-person.ts";
import { DeskSite, requested, started } from "../../support/attendance-desk.ts";
import { iso, register } from "../../support/attendance-site.ts";

const MARCH = { from: "2026-03-02", to: "2026-03-31" };

async function applied(): Promise<DeskSite> {
  const centre = await DeskSite.open("2026-03-02 07:00:00", started("2026-03-02"), register("0012", "张㛃", "12"));
  await centre.enter(
    requested("B-1", "0012", { type: "sick", from: "2026-03-05", to: "2026-03-06", appliedAt: "2026-03-05 08:00:00" }),
    requested("W-1", "0012", {
      type: "official",
      from: "2026-03-04",
      to: "2026-03-04",
      appliedAt: "2026-03-04 10:00:00",
    }),
    requested("W-2", "0012", {
      type: "official",
      from: "2026-04-01",
      to: "2026-04-01",
      appliedAt: "2026-03-04 10:00:00",
    }),
  );
  await centre.travel("2026-03-06 09:00:00");
  return centre;
}

test("a person's sheet shows why an application does not hold, and until when a certificate can come", async () => {
  const centre = await applied();
  const { requests } = await personSheet(centre.desk, "0012", MARCH);
  expect(requests).toEqual([
    {
      id: "B-1",
      type: "sick",
      fromDate: "2026-03-05",
      fromHalf: "am",
      toDate: "2026-03-06",
      toHalf: "pm",
      appliedAt: iso("2026-03-05 08:00:00"),
      state: "pending",
      article: "KQ 3",
      reason: null,
      // Three working days after Friday the 6th: the 9th, 10th and 11th.
      until: iso("2026-03-12 00:00:00"),
    },
    expect.objectContaining({ id: "W-1", state: "invalid", article: "KQ 2(二)", reason: "applied-late", until: null }),
  ]);
});

test("they are written as officers read them", async () => {
  const centre = await applied();
  const rows = async () => (await personSheet(centre.desk, "0012", MARCH)).requests.map(requestRow);
  expect(await rows()).toEqual([
    [
      "B-1",
      "病假",
      "2026-03-05 上午",
      "2026-03-06 下午",
      "03-05 08:00:00",
      "待定",
      "证明最迟 03-12 00:00:00 前交",
      "KQ 3",
    ],
    ["W-1", "因公外出", "2026-03-04 上午", "2026-03-04 下午", "03-04 10:00:00", "无效", "事后申请", "KQ 2(二)"],
  ]);
  await centre.travel("2026-03-12 00:00:01");
  expect((await rows())[0]?.slice(5, 7)).toEqual(["无效", "没有医院证明"]);
});
