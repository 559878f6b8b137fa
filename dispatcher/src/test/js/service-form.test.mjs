import assert from "node:assert/strict";
import { test } from "node:test";
import { formOf, serviceOf } from "../../main/resources/dashboard/lib/service-form.js";

const SERVICE = {
  strategy: "least_connections",
  rateLimit: { rate: 20, window: "1000ms", burstMultiplier: 2 },
  breaker: { errorThreshold: 0.3 },
  priorities: { low: { timeoutMs: 600000, maxRetries: 0 } },
  sticky: "key",
  labels: { gpu: "true" },
  weights: { "gpu-box": 4 },
  backups: ["old-desktop", "pi-4"],
};

test("saving a form that was not touched changes nothing", () => {
  const shown = { name: "llm", nodes: ["gpu-box"], healthScore: 31, ...SERVICE };
  assert.deepEqual(serviceOf(formOf(shown)), { service: SERVICE, faults: {} });
  assert.deepEqual(serviceOf(formOf({ priorities: {}, sticky: "none" })), { service: { sticky: "none" }, faults: {} });
});

test("what is emptied is as configured, and 0 is a value", () => {
  const form = formOf(SERVICE);
  form.rate = "0";
  form.breaker.errorThreshold = " ";
  form.priorities.low = { weight: "", timeoutMs: "", maxRetries: "", reserve: "" };
  form.backups = "";
  const { service } = serviceOf(form);
  assert.equal(service.rateLimit.rate, 0);
  for (const gone of ["breaker", "priorities", "backups"]) assert.equal(gone in service, false);
});

test("what is no number is told by the field's name in the API", () => {
  const form = formOf(SERVICE);
  form.rate = "many";
  form.priorities.high.weight = "1,5";
  form.priorities.low.timeoutMs = "1s";
  form.labels = "gpu";
  const { service, faults } = serviceOf(form);
  assert.deepEqual(Object.keys(faults).sort(), ["labels", "priorities.low.timeoutMs", "rateLimit.rate"]);
  assert.equal(service.priorities.high.weight, 1.5);
});
