import assert from "node:assert/strict";
import { test } from "node:test";

// the modules below look at the browser when they are loaded
globalThis.document = { documentElement: { dataset: {} }, addEventListener() {}, hidden: false };
globalThis.window = { addEventListener() {}, dispatchEvent() {} };
globalThis.navigator = { language: "en" };
globalThis.devicePixelRatio = 1;
globalThis.location = { hash: "" };
globalThis.matchMedia = () => ({ matches: false, addEventListener() {} });
globalThis.setInterval = () => 0; // the clock of the page must not keep the test alive

const dashboard = "../../main/resources/dashboard";
const { seriesValue } = await import(`${dashboard}/lib/history.js`);
const { sorted } = await import(`${dashboard}/parts/table.js`);
const { failedShare, trouble } = await import(`${dashboard}/parts/queue-table.js`);
const { stack } = await import(`${dashboard}/parts/chart.js`);
const { eventPath, eventWords } = await import(`${dashboard}/lib/event-words.js`);
const { merge } = await import(`${dashboard}/pages/events.js`);

const queue = (service, priority, more) => ({ service, priority, depth: 0, inFlight: 0, dead: 0, oldestMs: 0, enqueued: 0, succeeded: 0, failed: 0, ...more });
const frame = (atMs, queues) => ({ atMs, queues, totals: { inFlight: 3, oldestMs: 9 }, wait: { p50Ms: 4, p95Ms: null }, slots: { busy: 1, total: 8 }, nodes: { up: 2 } });

test("the tail of a chart is what the stream's figures say", () => {
  const older = frame(1000, [queue("a", "low", { succeeded: 10 }), queue("b", "low", { succeeded: 5 })]);
  const now = frame(11000, [queue("a", "low", { succeeded: 40, depth: 7 }), queue("b", "low", { succeeded: 25, depth: 2 })]);
  assert.equal(seriesValue("rate.succeeded", now, older), 5);
  assert.equal(seriesValue("rate.succeeded:a/low", now, older), 3);
  assert.equal(seriesValue("depth.low", now), 9);
  assert.equal(seriesValue("depth:b/low", now), 2);
  assert.equal(seriesValue("wait.p50", now), 4);
  assert.equal(seriesValue("wait.p95", now), null);
  assert.equal(seriesValue("slots.total", now), 8);
  assert.equal(seriesValue("node.nuc.cpu", now), null);
});

test("counters that begin anew give no negative rate", () => {
  const older = frame(1000, [queue("a", "low", { failed: 10 })]);
  assert.equal(seriesValue("rate.failed", frame(11000, [queue("a", "low", { failed: 1 })]), older), null);
  assert.equal(seriesValue("rate.failed", older, undefined), null);
});

test("sorting keeps what has no value last, both ways", () => {
  const columns = [{ key: "n", value: (row) => row.n }, { key: "name", value: (row) => row.name }];
  const rows = [{ n: null, name: "x" }, { n: 2, name: "a10" }, { n: 5, name: "a9" }];
  assert.deepEqual(sorted(rows, columns, "-n").map((row) => row.n), [5, 2, null]);
  assert.deepEqual(sorted(rows, columns, "n").map((row) => row.n), [2, 5, null]);
  assert.deepEqual(sorted(rows, columns, "name").map((row) => row.name), ["a9", "a10", "x"]);
  assert.deepEqual(sorted(rows, columns, ""), rows);
});

test("worst first: late by its own measure, and paused with work behind it", () => {
  const critical = queue("a", "critical", { depth: 1, oldestMs: 20000, timeoutMs: 5000 });
  const low = queue("a", "low", { depth: 900, oldestMs: 60000, timeoutMs: 60000 });
  const paused = queue("b", "low", { depth: 1, oldestMs: 10, timeoutMs: 60000, paused: true });
  const idle = queue("c", "low", { paused: true });
  assert.ok(trouble(critical) > trouble(low));
  assert.ok(trouble(paused) > trouble(critical));
  assert.equal(trouble(idle), 0);
  assert.equal(failedShare({ succeededPerMinute: 3, failedPerMinute: 1 }), 0.25);
  assert.equal(failedShare({ succeededPerMinute: 0, failedPerMinute: 0 }), null);
});

test("stacked areas end at a gap", () => {
  assert.deepEqual(stack([[1, 2, null], [3, null, 4]]), [[1, 2, null], [4, null, null]]);
});

test("events are told in words; unknown kinds show their data", () => {
  const opened = { event_type: "breaker_opened", event_data: { node: "nuc", service: "llm" } };
  assert.equal(eventWords(opened).text, "breaker of nuc for llm opened");
  assert.deepEqual(eventPath(opened), ["nodes", "nuc"]);
  assert.equal(eventWords({ event_type: "new_kind", event_data: { a: 1 } }).text, 'new_kind {"a":1}');
  assert.equal(eventPath({ event_type: "figures", event_data: {} }), null);
});

test("events stand once, newest first", () => {
  const event = (id, second) => ({ id, timestamp: `2026-01-01T00:00:0${second}Z` });
  const list = merge([event("2", 2), event("1", 1)], [event("3", 3), event("2", 2)]);
  assert.deepEqual(list.map((each) => each.id), ["3", "2", "1"]);
});
