import { describe, expect, test } from "vitest";
import { connectionTrouble, parseBroker } from "../../../protocol/uplink/broker-socket.ts";

describe("the address of a broker", () => {
  test.each([
    ["mqtts://broker.example", { isTls: true, host: "broker.example", port: 8883 }],
    ["mqtts://10.0.0.7:18883", { isTls: true, host: "10.0.0.7", port: 18_883 }],
    ["mqtts://[fd00::7]:8884", { isTls: true, host: "fd00::7", port: 8884 }],
    ["mqtt://127.0.0.1", { isTls: false, host: "127.0.0.1", port: 1883 }],
    ["mqtt://[::1]:1884", { isTls: false, host: "::1", port: 1884 }],
    ["mqtt://localhost:1884", { isTls: false, host: "localhost", port: 1884 }],
  ])("%s", (broker, endpoint) => {
    expect(parseBroker(broker)).toEqual(endpoint);
  });

  test.each([
    ["mqtt://broker.example", "broker-not-encrypted"],
    ["mqtt://10.0.0.7:1883", "broker-not-encrypted"],
    ["mqtt://127.example.org", "broker-not-encrypted"],
    ["https://broker.example", "broker-malformed"],
    ["broker.example:8883", "broker-malformed"],
    ["mqtts://", "broker-malformed"],
    ["", "broker-malformed"],
  ])("%j is refused as %s", (broker, code) => {
    expect(() => parseBroker(broker)).toThrow(expect.objectContaining({ code }));
  });
});

describe("a failed connection", () => {
  test.each([
    ["SELF_SIGNED_CERT_IN_CHAIN", "broker-untrusted"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "broker-untrusted"],
    ["CERT_HAS_EXPIRED", "broker-untrusted"],
    ["ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", "certificate-refused"],
    ["ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN", "certificate-refused"],
    [5, "broker-refused"],
    [128, "broker-refused"],
    ["ECONNREFUSED", "broker-unreachable"],
    [undefined, "broker-unreachable"],
  ])("with %s is %s", (code, trouble) => {
    expect(connectionTrouble(Object.assign(new Error("why"), { code }))).toMatchObject({
      code: trouble,
      message: "why",
    });
  });
});
