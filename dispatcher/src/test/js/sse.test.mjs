import assert from "node:assert/strict";
import { test } from "node:test";
import { readSse, sseParser } from "../../main/resources/dashboard/lib/sse.js";

function parse(pieces) {
  const messages = [];
  const parser = sseParser((message) => messages.push(message));
  for (const piece of pieces) parser.feed(piece);
  return messages;
}

const TEXT = ": ping\n\nevent: overview\ndata: {\"a\":1}\n\nid: 7-1\nevent: event\ndata: one\ndata: two\n\ndata:no space\n\n";
const MESSAGES = [
  { event: "overview", data: '{"a":1}', id: "" },
  { event: "event", data: "one\ntwo", id: "7-1" },
  { event: "message", data: "no space", id: "7-1" },
];

test("messages have event, data and the last id", () => assert.deepEqual(parse([TEXT]), MESSAGES));

test("pieces may break anywhere, with any line ends", () => {
  for (const end of ["\n", "\r\n", "\r"]) {
    const text = TEXT.replaceAll("\n", end);
    // a lone CR ends the last message only when the next character shows that no LF follows
    const tail = end === "\r" ? ":" : "";
    assert.deepEqual(parse([...text, ...tail]), MESSAGES, JSON.stringify(end));
    assert.deepEqual(parse([text + tail]), MESSAGES, JSON.stringify(end));
  }
});

test("a message without data, a message that is cut off and an id with NUL say nothing", () => {
  assert.deepEqual(parse(["event: x\n\n", "data: cut"]), []);
  assert.deepEqual(parse(["id: a\0b\ndata: x\n\n"]), [{ event: "message", data: "x", id: "" }]);
  assert.deepEqual(parse(["\uFEFFdata: x\n\n"]), [{ event: "message", data: "x", id: "" }]);
});

test("a letter of several bytes may come in two pieces", async () => {
  const bytes = new TextEncoder().encode("data: é–✓\n\n");
  const messages = [];
  let pieces = 0;
  const body = new ReadableStream({
    start(controller) {
      for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
      controller.close();
    },
  });
  await readSse(body, (message) => messages.push(message.data), () => pieces++);
  assert.deepEqual(messages, ["é–✓"]);
  assert.equal(pieces, bytes.length);
});
