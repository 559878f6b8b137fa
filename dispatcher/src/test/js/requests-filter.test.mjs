import assert from "node:assert/strict";
import { test } from "node:test";
import { format, formatAge, parse, parseAge, suggest, toBulk, toggleState, toQuery } from "../../main/resources/dashboard/lib/requests-filter.js";

const good = (text) => {
  const { filter, errors } = parse(text);
  assert.deepEqual(errors, []);
  return filter;
};

test("every qualifier is read, in any order, and written in one", () => {
  const filter = good('reason:broken-connection age:<2h id:ab priority:HIGH node:nuc-2 service:a.b state:dead,queued age:>5m');
  assert.deepEqual(filter, {
    reason: "broken-connection", maxAgeMs: 7_200_000, id: "ab", priority: "high", node: "nuc-2", service: "a.b",
    state: ["queued", "dead"], minAgeMs: 300_000,
  });
  const text = format(filter);
  assert.equal(text, 'state:queued,dead service:a.b priority:high node:nuc-2 id:ab age:>5m age:<2h reason:broken-connection');
  assert.deepEqual(good(text), filter);
});

test("a filter that is typed by hand says what is wrong with each word, and keeps the rest", () => {
  const { filter, errors } = parse("state:done color:red age:soon priority:urgent service:a service:b node: reason:No!");
  assert.deepEqual(filter, { service: "a" });
  assert.equal(errors.length, 7);
  assert.match(errors[0], /^state: done \(expected: one or several of queued/);
  assert.match(errors[1], /^color: is no qualifier \(expected: state, service/);
  assert.match(errors[2], /^age: soon \(expected/);
  assert.match(errors[3], /^priority: urgent/);
  assert.equal(errors[4], "service: given twice");
  assert.match(errors[5], /^node: a value is missing/);
  assert.match(parse("age:>2h age:<1h").errors[0], /nothing is older/);
});

test("a bare word is the beginning of an id, even one with a colon behind id:", () => {
  assert.deepEqual(good("01KB"), { id: "01KB" });
  assert.deepEqual(good("id:own:id:7"), { id: "own:id:7" });
  assert.deepEqual(good(""), {});
  assert.deepEqual(good(undefined), {});
});

test("states of several words add up and toggle", () => {
  assert.deepEqual(good("state:dead state:queued").state, ["queued", "dead"]);
  assert.deepEqual(toggleState({ state: ["dead"], id: "a" }, "dead"), { id: "a" });
  assert.deepEqual(toggleState({ id: "a" }, "queued"), { state: ["queued"], id: "a" });
});

test("ages are read in any unit and written in the largest that is exact", () => {
  for (const [text, ms] of [["250ms", 250], ["90s", 90_000], ["5m", 300_000], ["1.5h", 5_400_000], ["2d", 172_800_000], ["30", 30_000]]) {
    assert.equal(parseAge(text), ms);
  }
  for (const text of ["", "-5m", "5w", "m", "5 m", "1e3s"]) assert.equal(parseAge(text), null);
  for (const ms of [1, 1000, 90_000, 300_000, 5_400_000, 86_400_000, 0]) assert.equal(parseAge(formatAge(ms)), ms);
  assert.equal(formatAge(90_000), "90s");
});

test("what the server is asked for has its names", () => {
  const filter = good("state:dead,expired age:>1m reason:timeout");
  assert.equal(toQuery(filter).toString(), "state=dead%2Cexpired&minAgeMs=60000&reason=timeout");
  assert.deepEqual(toBulk(filter), { state: "dead,expired", minAgeMs: 60000, reason: "timeout" });
});

test("suggestions complete the word at the caret and leave the others", () => {
  const names = (text, caret = text.length, facts) => suggest(text, caret, facts).options.map((option) => option.text);
  assert.deepEqual(names("st"), ["state:"]);
  assert.equal(names("").length, 7);
  assert.deepEqual(names("state:de"), ["state:dead "]);
  assert.deepEqual(names("state:dead,q"), ["state:dead,queued "]);
  assert.deepEqual(names("service:m", 9, { service: ["mail", "media", "default"] }), ["service:mail ", "service:media "]);
  assert.deepEqual(names("reason:", 7, { reason: ["timeout"] }), ["reason:timeout "]);
  const middle = suggest("pri node:x", 3);
  assert.deepEqual([middle.from, middle.to, middle.options[0].text], [0, 3, "priority:"]);
});
