import assert from "node:assert/strict";
import { test } from "node:test";
import { absolute, ago, bytes, count, duration, millis, percent, plural, rate, short } from "../../main/resources/dashboard/lib/format.js";

test("counts keep every digit, so that they agree with the API", () => {
  assert.equal(count(0), "0");
  assert.equal(count(48213), "48,213");
  assert.equal(count(1234567), "1,234,567");
  for (const none of [null, undefined, NaN, Infinity, "5"]) assert.equal(count(none), "–");
});

test("axes are short", () => {
  assert.deepEqual([0, 5, 0.25, 999, 9999, 48213, 1.5e6, 2e9].map(short), ["0", "5", "0.25", "999", "9,999", "48.2k", "1.5M", "2G"]);
});

test("rates have decimals only while they are small", () => {
  assert.deepEqual([0, 0.256, 3.456, 42.4, 1234.4].map(rate), ["0", "0.26", "3.46", "42", "1,234"]);
});

test("shares are per cent", () => {
  assert.deepEqual([0, 0.004, 0.0546, 0.42, 1].map(percent), ["0 %", "0.4 %", "5.5 %", "42 %", "100 %"]);
});

test("durations have at most two units and never 60 s", () => {
  const cases = [
    [0, "0 s"], [0.25, "0.25 ms"], [340, "340 ms"], [1000, "1 s"], [4200, "4.2 s"], [59940, "59.9 s"], [59960, "1 min"], [185000, "3 min 5 s"],
    [3600e3, "1 h"], [7800e3, "2 h 10 min"], [86400e3, "1 d"], [442800e3, "5 d 3 h"],
  ];
  for (const [ms, text] of cases) assert.equal(duration(ms), text);
  for (const none of [-1, null, undefined, NaN]) assert.equal(duration(none), "–");
});

test("relative times look both ways", () => {
  const now = 1_000_000_000;
  assert.equal(ago(now - 500, now), "just now");
  assert.equal(ago(now - 12e3, now), "12 s ago");
  assert.equal(ago(now - 200e3, now), "3 min ago");
  assert.equal(ago(now + 7300e3, now), "in 2 h");
  assert.equal(ago(null, now), "–");
});

test("absolute times are in the zone that is asked for", () => {
  assert.equal(absolute("2026-01-31T14:05:09.042Z", "utc"), "2026-01-31 14:05:09 UTC");
  assert.equal(absolute("2026-01-31T14:05:09.042Z", "utc", true), "2026-01-31 14:05:09.042 UTC");
  assert.equal(millis("2026-01-31T14:05:09Z"), Date.UTC(2026, 0, 31, 14, 5, 9));
  assert.equal(millis("nonsense"), null);
});

test("bytes and plurals", () => {
  assert.deepEqual([0, 1023, 4096, 1.5 * 1024 * 1024].map(bytes), ["0 B", "1023 B", "4 KiB", "1.5 MiB"]);
  assert.equal(plural(1, "request"), "1 request");
  assert.equal(plural(2000, "request"), "2,000 requests");
});
