import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { asCurl, asRedisCli, lookCurl } from "../../main/resources/dashboard/lib/request-copies.js";

const payload = {
  id: "a", service: "default", priority: "high", method: "POST", path: "/work?x=1&y='",
  headers: [{ name: "X-A", value: "it's $HOME" }, { name: "Authorization", value: "***" }],
  size: 3, body: "{\"n\":12345678901234567890,\n\"s\":\"it's\"}", truncated: false,
};

// What the shell makes of a command: its words, and what comes on standard input.
function words(command, program) {
  const script = `${program}() { printf '%s\\0' "$@"; if [ "$1" = -x ]; then printf 'stdin:'; od -An -tx1; fi; }\n${command}`;
  return execFileSync("sh", ["-c", script], { encoding: "utf8" }).split("\0");
}

test("curl gets the request back exactly, through a shell", () => {
  const command = asCurl(payload, "http://h:1/yard/");
  assert.match(command, /^# without Authorization, whose values/);
  const args = words(command, "curl");
  assert.equal(args[1], "http://h:1/yard/v1/requests");
  const sent = JSON.parse(args[5]);
  assert.equal(sent.bodyText, payload.body);
  assert.deepEqual(sent.headers, { "X-A": "it's $HOME" });
  assert.equal(sent.path, payload.path);
  assert.equal(sent.id, undefined);
});

test("redis-cli gets it too, bytes from standard input", () => {
  const text = asRedisCli(payload).replace("redis-cli", "redis");
  const list = words(text, "redis");
  assert.deepEqual(list.slice(0, 8), ["FCALL", "yard_enqueue", "1", "{yard:0}", "SERVICE", "default", "PRIORITY", "high"]);
  assert.equal(list[list.indexOf("BODY") + 1], payload.body);
  const { body: _, ...rest } = payload;
  const binary = asRedisCli({ ...rest, bodyBase64: "AP8=" }).replace("redis-cli", "redis");
  const got = words(binary, "redis");
  assert.equal(got.at(-2), "BODY");
  assert.equal(got.at(-1).trim(), "stdin: 00 ff");
  assert.ok(asRedisCli({ ...rest, body: "" }).endsWith("BODY ''"));
});

test("a request whose payload is gone can be looked at", () => {
  assert.equal(lookCurl("own:id", "http://h/"), "curl -sS http://h/v1/requests/own%3Aid");
});
