import assert from "node:assert/strict";
import { test } from "node:test";
import { link, match, parseHash, pathOf } from "../../main/resources/dashboard/lib/router.js";

const routes = [{ path: "/" }, { path: "/queues" }, { path: "/queues/:service/:priority" }, { path: "/requests/:id" }];

test("an address is a path and a query", () => {
  assert.deepEqual(parseHash(""), { path: "/", query: {} });
  assert.deepEqual(parseHash("#/queues?sort=-dead&q=a%20b"), { path: "/queues", query: { sort: "-dead", q: "a b" } });
  assert.deepEqual(parseHash("#main"), { path: "/main", query: {} });
});

test("what link makes, parseHash reads", () => {
  const query = { q: "a&b=c#d?é", state: "queued,dead", none: undefined, empty: "" };
  assert.deepEqual(parseHash(link("/requests", query)), { path: "/requests", query: { q: query.q, state: query.state } });
});

test("parts of a path may hold any character", () => {
  const found = match(routes, pathOf("requests", "a/b:c%20?#d"));
  assert.equal(found.route.path, "/requests/:id");
  assert.deepEqual(found.params, { id: "a/b:c%20?#d" });
});

test("routes match whole paths only, and a broken escape is shown as it stands", () => {
  assert.deepEqual(match(routes, "/queues/default/low").params, { service: "default", priority: "low" });
  assert.equal(match(routes, "/queues/default"), null);
  assert.equal(match(routes, "/nope"), null);
  assert.equal(match(routes, "/").route.path, "/");
  assert.deepEqual(match(routes, "/requests/100%").params, { id: "100%" });
});
