import assert from "node:assert/strict";
import { test } from "node:test";
import { shares, timeline } from "../../main/resources/dashboard/lib/request-timeline.js";

const AT = Date.parse("2026-01-01T00:00:00Z");
const time = (ms) => new Date(AT + ms).toISOString();
const request = (more) => ({ service: "default", priority: "high", enqueuedAt: time(0), settledAt: null, history: [], ...more });
const read = (steps) => steps.map((step) => `${step.name} ${step.kind === "gap" ? step.forMs : "@" + (step.atMs - AT)}`);

test("a request that failed, waited, and succeeded shows where its time went", () => {
  const steps = timeline(request({
    state: "succeeded", settledAt: time(1550),
    history: [
      { attempt: 1, node: "pi", at: time(100), ms: 200, status: 503, cause: "status" },
      { attempt: 2, node: "nuc", at: time(1300), ms: 250, status: 200, cause: "succeeded" },
    ],
  }), null, AT + 9999);
  assert.deepEqual(read(steps), [
    "enqueued @0", "queued 100", "sent @100", "at the node 200", "answered @300", "backoff 1000", "sent @1300",
    "at the node 250", "answered @1550", "succeeded @1550",
  ]);
  assert.equal(steps[4].text, "HTTP 503");
  assert.equal(steps[8].text, "HTTP 200");
  const bar = shares(steps);
  assert.equal(bar.length, 4);
  assert.ok(Math.abs(bar.reduce((sum, part) => sum + part.share, 0) - 1) < 1e-9);
});

test("a lost lease and an operator's redrive are told apart from queueing", () => {
  const steps = timeline(request({
    state: "dead", settledAt: time(70_100), error: { reason: "timeout", message: "no answer within 100 ms" },
    history: [
      { attempt: 1, at: time(5000), cause: "lease-lost" },
      { attempt: 1, at: time(60_000), cause: "operator" },
      { attempt: 2, node: "pi", at: time(70_000), ms: 100, cause: "timeout", error: "no answer within 100 ms" },
    ],
  }), null, AT + 99_999);
  assert.deepEqual(read(steps), [
    "enqueued @0", "waiting for a lease to end 5000", "its replica went silent @5000", "dead 55000", "redriven @60000",
    "queued 10000", "sent @70000", "at the node 100", "failed @70100", "dead @70100",
  ]);
  assert.equal(steps.at(-1).text, "no answer within 100 ms");
});

test("the wait that goes on is named by what it waits for", () => {
  const open = (reason, more = {}) => timeline(request({ state: "queued", position: 3, ...more }), { reason, attempts: [] }, AT + 700).at(-1);
  assert.deepEqual([open("rate-limit").name, open("rate-limit").forMs, open("rate-limit").text], ["rate-limited", 700, "position 3"]);
  assert.equal(open("paused").name, "queue paused");
  assert.equal(open("no-node").name, "no node can serve it");
  assert.equal(open("something-new").name, "queued");
  assert.equal(timeline(request({ state: "queued" }), null, AT + 700).at(-1).open, true);
  const scheduled = timeline(request({ state: "scheduled", dueAt: time(5000), history: [{ attempt: 1, node: "pi", at: time(10), ms: 20, cause: "timeout" }] }), { reason: "retry" }, AT + 1030);
  assert.deepEqual(read(scheduled).slice(-2), ["backoff 1000", "due @5000"]);
});

test("in flight: the attempt under way is shown from its sending", () => {
  const steps = timeline(request({ state: "in-flight", node: "nuc" }), { reason: "in-flight", attempts: [{ attempt: 1, node: "nuc", at: time(40) }] }, AT + 140);
  assert.deepEqual(read(steps), ["enqueued @0", "queued 40", "sent @40", "at the node 100"]);
  assert.deepEqual(read(timeline(request({ state: "in-flight" }), null, AT + 140)), ["enqueued @0", "at the node 140"]);
});

test("clocks that disagree make no negative gap", () => {
  const steps = timeline(request({ state: "succeeded", settledAt: time(-10), history: [{ attempt: 1, node: "pi", at: time(-50), ms: 5, status: 200, cause: "succeeded" }] }), null, AT);
  assert.ok(steps.every((step) => step.forMs >= 0));
  assert.deepEqual(timeline({ state: "queued" }, null, AT), []);
});
