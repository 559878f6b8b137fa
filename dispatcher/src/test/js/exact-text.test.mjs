import assert from "node:assert/strict";
import { test } from "node:test";
import { hexDump, prettyJson, shown } from "../../main/resources/dashboard/lib/exact-text.js";

test("numbers and doubled keys stay what the producer sent", () => {
  const text = '{"id":12345678901234567890,"x":1.0,"y":1e400,"id":-0,"s":"a \\"b\\" {c}: [1,2]","e":{},"l":[ ]}';
  assert.equal(prettyJson(text), `{
  "id": 12345678901234567890,
  "x": 1.0,
  "y": 1e400,
  "id": -0,
  "s": "a \\"b\\" {c}: [1,2]",
  "e": {},
  "l": []
}`);
});

test("what is no JSON is left alone", () => {
  for (const text of ["", "hello", "12", '{"a":', "{'a':1}", "[1,]", "<html>"]) assert.equal(prettyJson(text), null);
});

test("JSON that is cut is laid out as far as it goes", () => {
  assert.equal(prettyJson('{"a":[1,{"b":"lo', true), '{\n  "a": [\n    1,\n    {\n      "b": "lo');
});

test("nesting too deep for a page is left as it is", () => {
  const text = "[".repeat(50_000) + "]".repeat(50_000);
  assert.equal(prettyJson(text, true), null);
});

test("bytes are dumped sixteen a line", () => {
  const bytes = Uint8Array.from({ length: 18 }, (_, i) => i + 60);
  assert.equal(hexDump(bytes),
    "000000  3c 3d 3e 3f 40 41 42 43  44 45 46 47 48 49 4a 4b  <=>?@ABCDEFGHIJK\n" +
    "000010  4c 4d                                             LM");
  assert.equal(hexDump(new Uint8Array()), "");
});

test("each body has its form", () => {
  assert.equal(shown({ body: "" }).form, "empty");
  assert.equal(shown({ body: "x" }).form, "text");
  assert.equal(shown({ body: "[1]" }).form, "json");
  assert.equal(shown({ body: "[1", truncated: true }).form, "json");
  assert.deepEqual(shown({ bodyBase64: "AP8=" }), { form: "hex", text: "000000  00 ff                                             .." });
});
