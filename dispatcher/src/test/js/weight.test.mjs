import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { test } from "node:test";

const DASHBOARD = new URL("../../main/resources/dashboard/", import.meta.url);
const SERVED = /\.(html|js|css|svg|png|ico|webmanifest)$/;

// What one page loads is in the browser checks: at most 250 KB.
test("all files of the dashboard together stay small, without compression", () => {
  const files = readdirSync(DASHBOARD, { recursive: true })
    .filter((name) => SERVED.test(name))
    .map((name) => ({ name, bytes: statSync(new URL(name, DASHBOARD)).size }))
    .sort((a, b) => b.bytes - a.bytes);
  const sum = files.reduce((total, file) => total + file.bytes, 0);
  assert.ok(sum <= 340 * 1024, `${sum} bytes, most in ${files.slice(0, 8).map((file) => `${file.name} ${file.bytes}`).join(", ")}`);
});
