import assert from "node:assert/strict";
import { test } from "node:test";
import { runBulk, statesFor } from "../../main/resources/dashboard/lib/bulk.js";

const answer = (more) => ({ matching: 10, done: 10, failed: 0, searched: 100, cursor: null, ...more });

test("a bulk action goes on with the cursor until there is none, and adds up", async () => {
  const asked = [];
  const seen = [];
  const post = async (body) => {
    asked.push(body.cursor);
    return answer({ cursor: asked.length < 3 ? `c${asked.length}` : null, failed: 1 });
  };
  const sum = await runBulk(post, { action: "retry", filter: { state: "dead" } }, { onProgress: (now) => seen.push(now.done) });
  assert.deepEqual(sum, { matching: 30, done: 30, failed: 3, searched: 300, complete: true });
  assert.deepEqual(asked, [null, "c1", "c2"]);
  assert.deepEqual(seen, [10, 20, 30]);
});

test("more selected ids than one call may name go in several", async () => {
  const sizes = [];
  const post = async (body) => {
    sizes.push(body.filter.ids.length);
    return answer();
  };
  const sum = await runBulk(post, { action: "drop", filter: { ids: Array.from({ length: 1100 }, (_, i) => `i${i}`) } });
  assert.deepEqual(sizes, [500, 500, 100]);
  assert.equal(sum.complete, true);
});

test("a stop is kept to, and says that it is not complete", async () => {
  const stop = new AbortController();
  const post = async () => {
    stop.abort();
    return answer({ cursor: "more" });
  };
  const sum = await runBulk(post, { action: "cancel", filter: { state: "queued" } }, { signal: stop.signal });
  assert.deepEqual([sum.done, sum.complete], [10, false]);
});

test("an action is offered for states that it can change, and no others", () => {
  assert.deepEqual(statesFor("retry", []), ["dead"]);
  assert.deepEqual(statesFor("cancel", ["dead", "queued"]), ["queued"]);
  assert.deepEqual(statesFor("drop", ["queued"]), []);
});
