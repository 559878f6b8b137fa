// Runs the dashboard's browser checks against a running server and prints one line of JSON for each.
//
//   node run.mjs --url http://127.0.0.1:8080 [--suite everyday|long|shots] [--only TEXT] [--out DIRECTORY] [--no-seed]
//
// Lines: {"check", "outcome": "passed"|"failed", "ms", "message"}. A line {"ask": "restart"} wants the server
// restarted, and {"url"} with its new address on standard input (only with --can-restart). Exit code 1: a check failed.

import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { launch } from "./browser.mjs";
import { apiOf, seed } from "./stage.mjs";

const { values: options } = parseArgs({
  options: {
    url: { type: "string" }, suite: { type: "string", default: "everyday" }, only: { type: "string", default: "" },
    out: { type: "string", default: "." }, "no-seed": { type: "boolean" }, "can-restart": { type: "boolean" },
    empty: { type: "string" }, many: { type: "string" }, key: { type: "string" },
  },
});
if (!options.url) {
  console.error("run.mjs: --url: none (expected: the address of a running server)");
  process.exit(2);
}

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const input = options["can-restart"] ? createInterface({ input: process.stdin })[Symbol.asyncIterator]() : null;

async function ask(what) {
  if (!input) throw new Error(`${what}: nobody to ask (expected: started by DashboardIT)`);
  say({ ask: what });
  const { value, done } = await input.next();
  if (done) throw new Error(`${what}: no answer`);
  return JSON.parse(value);
}

const CHECK_MS = 240_000;
let failed = 0;

async function check(name, body) {
  if (options.only && !name.includes(options.only)) return;
  const began = Date.now();
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${CHECK_MS} ms`)), CHECK_MS);
  });
  try {
    await Promise.race([body(), late]);
    say({ check: name, outcome: "passed", ms: Date.now() - began });
  } catch (error) {
    failed++;
    say({ check: name, outcome: "failed", ms: Date.now() - began, message: String(error.stack ?? error).slice(0, 6000) });
  } finally {
    clearTimeout(timer);
  }
}

const api = apiOf(options.url.replace(/\/$/, ""));
const scene = options["no-seed"] ? { close() {} } : await seed(api);
const browser = await launch();
try {
  const suite = await import(`./${options.suite}.mjs`);
  await suite.run({ check, browser, api, ask, scene, base: `${api.base}/`, options });
} catch (error) {
  failed++;
  say({ check: `the suite ${options.suite}`, outcome: "failed", ms: 0, message: String(error.stack ?? error) });
} finally {
  await browser.close();
  scene.close();
}
say({ done: true, failed });
process.exit(failed ? 1 : 0);
