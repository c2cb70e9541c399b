import { describe, expect, it } from "vitest";
import { answerRequest, withReportId } from "../../../simulators/hid/hid-requests.ts";
import { numbersReports } from "../../../simulators/hid/report-descriptor.ts";
import type { HidFunction } from "../../../simulators/hid/virtual-hid.ts";
import { bytesOf } from "../../support/hex.ts";

/** HID 1.11, appendix E.6: a keyboard, whose reports have no id. */
const KEYBOARD = bytesOf(
  [
    "05010906 a1010507 19e029e7 15002501 75019508 81029501 75088101 95057501 05081901",
    "29059102 95017503 91019506 75081500 25650507 19002965 8100c0",
  ].join(" "),
);
/** A vendor-defined device whose report has the id 0x50; its usage 0x85 is no report id. */
const NUMBERED = bytesOf("0600ff 0985 a101 8550 1500 26ff00 7508 9508 0901 b102 c0");
const UNNUMBERED = bytesOf("0600ff 0985 a101 1500 26ff00 7508 9508 0901 b102 c0");

function deviceWith(reportDescriptor: Uint8Array) {
  const calls: [string, Uint8Array][] = [];
  const hid: HidFunction = {
    identity: { vendorId: 1, productId: 2, serial: "3", manufacturer: "M", product: "P", reportDescriptor },
    features: {
      set: (report) => calls.push(["feature", report]) > 0,
      get: (id) => (id === 0x41 ? bytesOf("4101") : undefined),
    },
    onOutput: (report) => void calls.push(["output", report]),
  };
  return { hid, calls };
}

it.each([
  ["a keyboard", KEYBOARD, false],
  ["a usage that looks like a report id", UNNUMBERED, false],
  ["a report id", NUMBERED, true],
])("tells whether reports are numbered: %s", (_, descriptor, isNumbered) => {
  expect(numbersReports(descriptor)).toBe(isNumbered);
});

// As usbhid of Debian's kernel 6.1.0-56 made them; those that it did not make, after HID 1.11, section 7.2.
describe("a request of the kernel", () => {
  it("for the report descriptor gets as much as it asks for", () => {
    const { hid } = deviceWith(NUMBERED);
    expect(answerRequest(bytesOf("8106002200003704"), hid)).toEqual({ do: "give", bytes: NUMBERED });
    expect(answerRequest(bytesOf("8106002200000400"), hid)).toEqual({ do: "give", bytes: NUMBERED.slice(0, 4) });
  });

  it("for another descriptor of the interface is refused", () => {
    expect(answerRequest(bytesOf("8106002100000900"), deviceWith(NUMBERED).hid)).toEqual({ do: "stall" });
  });

  it("to be idle is acknowledged", () => {
    expect(answerRequest(bytesOf("210a000000000000"), deviceWith(NUMBERED).hid)).toMatchObject({
      do: "take",
      lengthBytes: 0,
    });
  });

  it("for a feature report gets it, or a refusal where there is none", () => {
    const { hid } = deviceWith(NUMBERED);
    expect(answerRequest(bytesOf("a101410300000200"), hid)).toEqual({ do: "give", bytes: bytesOf("4101") });
    expect(answerRequest(bytesOf("a101440300000200"), hid)).toEqual({ do: "stall" });
    expect(answerRequest(bytesOf("a101410100000200"), hid)).toEqual({ do: "stall" });
  });

  it.each([
    [
      "a feature report of a CP2110",
      "2109500300000900",
      NUMBERED,
      "500000e10000000300",
      "feature",
      "500000e10000000300",
    ],
    [
      "an unnumbered feature report of a CH9325",
      "2109000300000500",
      UNNUMBERED,
      "00e1000003",
      "feature",
      "0000e1000003",
    ],
    ["an output report", "2109030200000400", NUMBERED, "03a50102", "output", "03a50102"],
  ])("takes %s as the client wrote it", (_, setup, descriptor, data, kind, report) => {
    const { hid, calls } = deviceWith(descriptor);
    const answer = answerRequest(bytesOf(setup), hid);
    expect(answer).toMatchObject({ do: "take", lengthBytes: data.length / 2 });
    if (answer.do === "take") answer.use(bytesOf(data));
    expect(calls).toEqual([[kind, bytesOf(report)]]);
  });

  it("that HID does not know is refused, and so is a report of a kind that hosts do not send", () => {
    const { hid, calls } = deviceWith(NUMBERED);
    expect(answerRequest(bytesOf("210b000000000000"), hid)).toEqual({ do: "stall" });
    expect(answerRequest(bytesOf("2109500100000900"), hid)).toEqual({ do: "stall" });
    expect(calls).toEqual([]);
  });
});

it("gives packets of an endpoint the zero that the kernel took off", () => {
  expect(withReportId(bytesOf("02a501"), deviceWith(NUMBERED).hid)).toEqual(bytesOf("02a501"));
  expect(withReportId(bytesOf("02a501"), deviceWith(UNNUMBERED).hid)).toEqual(bytesOf("0002a501"));
});
