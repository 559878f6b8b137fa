// The browser, and pages that notice what they should not do: errors, addresses of others, breaches of the policy.

import { mkdtemp, rm } from "node:fs/promises";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
export const SIZES = { phone: { width: 360, height: 740 }, tablet: { width: 800, height: 1000 }, desk: { width: 1440, height: 900 } };
const PATIENCE_MS = 60_000;

export async function launch() {
  const directory = await mkdtemp(join(tmpdir(), "yardmaster-browser-"));
  const browser = await chromium.launchPersistentContext(join(directory, "first"), {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
      "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--force-color-profile=srgb",
      // a name that is no loopback address is plain HTTP to a browser: no clipboard API there
      "--host-resolver-rules=MAP yard.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
  });
  const real = browser.browser();
  return {
    /** A new window without cookies or storage. */
    context: (options = {}) => real.newContext({ viewport: SIZES.desk, reducedMotion: "reduce", locale: "en-US", timezoneId: "UTC", ...options }),
    async close() {
      await browser.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/**
 * Opens a page that keeps a list of what it should not have done.
 * @param allowed complaints that the check provokes itself
 */
export async function open(context, base, hash = "#/", { allowed = [] } = {}) {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const complaints = [];
  const complain = (text) => {
    if (!allowed.some((each) => each.test(text))) complaints.push(text);
  };
  page.on("console", (message) => {
    // answers are complained of below, by their address
    const answer = message.text().startsWith("Failed to load resource: the server responded");
    if (["error", "warning"].includes(message.type()) && !answer) complain(`console ${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complain(`uncaught: ${error.message}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (!["blob:", "data:"].includes(url.protocol) && url.origin !== new URL(base).origin) complain(`asked elsewhere: ${url}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) complain(`${response.status()} of ${response.url()}`);
  });
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`));
  });
  page.complaints = complaints;
  await page.goto(base + hash);
  await page.waitForSelector("h1");
  return page;
}

/** Goes to another page of the application, as a link would. */
export async function visit(page, hash) {
  await page.evaluate((to) => {
    location.hash = to;
  }, hash);
  await quiet(page);
}

/** Until nothing is loading. */
export async function quiet(page) {
  await page.waitForSelector("h1");
  await page.waitForFunction(() => !document.querySelector("main .loading"));
}

/** What axe finds serious, as one line each. */
export async function inaccessible(page) {
  await page.evaluate(AXE);
  const result = await page.evaluate(() =>
    window.axe.run(document, { resultTypes: ["violations"], runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"] }));
  return result.violations
    .filter((violation) => ["serious", "critical"].includes(violation.impact))
    .map((violation) => `${violation.id} (${violation.help}): ${violation.nodes.slice(0, 3).map((node) => node.html.slice(0, 160) + (node.any[0] ? ` ${node.any[0].message}` : "")).join(" | ")}`);
}

/** What sticks out of the window at its side. */
export const tooWide = (page) =>
  page.evaluate(() => {
    const most = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= most) return [];
    return [...document.querySelectorAll("main *")]
      .filter((element) => element.getBoundingClientRect().right > most + 1 && !element.closest("[data-scroll], pre, .table-frame"))
      .slice(0, 5)
      .map((element) => `${element.tagName.toLowerCase()}.${element.className} ends at ${Math.round(element.getBoundingClientRect().right)} of ${most}`);
  });
