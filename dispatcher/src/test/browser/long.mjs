// The full matrix: widths, themes and sizes of the backlog; axe everywhere; sub-path, restarts, no streaming.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { inaccessible, open, quiet, SIZES, tooWide, visit } from "./browser.mjs";
import { PAGES } from "./pages.mjs";
import { apiOf, seed, seedMany, startProxy, until } from "./stage.mjs";

const MANY = 100_000;

/** Every page in one width and theme: complaints, what sticks out, what axe finds; a picture of each. */
async function tour(browser, base, pages, { size, theme, name, out }) {
  const context = await browser.context({ viewport: SIZES[size], colorScheme: theme });
  const page = await open(context, base);
  const found = [];
  for (const each of pages) {
    await visit(page, each.hash);
    await page.locator("main h1", { hasText: each.heading }).waitFor();
    await quiet(page);
    found.push(...(await tooWide(page)).map((text) => `${each.name}: ${text}`));
    found.push(...(await inaccessible(page)).map((text) => `${each.name}: ${text}`));
    await page.screenshot({ path: join(out, `${name}-${each.name}-${size}-${theme}.png`), fullPage: true });
  }
  const { complaints } = page;
  await context.close();
  assert.deepEqual([...found, ...complaints], []);
}

export async function run({ check, browser, api, ask, base, options }) {
  const { out } = options;
  await mkdir(out, { recursive: true });
  const pagesOfEmpty = PAGES.filter((page) => !/^(queue|node|service|request.*)$/.test(page.name) || page.name === "requests");
  const empty = `${(options.empty ?? options.url).replace(/\/$/, "")}/`;
  for (const size of Object.keys(SIZES)) {
    for (const theme of ["light", "dark"]) {
      await check(`with a few requests, ${size}, ${theme}: every page is whole and accessible`, () =>
        tour(browser, base, PAGES, { size, theme, name: "few", out }));
      if (options.empty) {
        await check(`with nothing at all, ${size}, ${theme}: every page says what to do first`, () =>
          tour(browser, empty, pagesOfEmpty, { size, theme, name: "empty", out }));
      }
    }
  }

  if (options.many) {
    const many = apiOf(options.many.replace(/\/$/, ""));
    const crowd = await seed(many);
    await seedMany(many, MANY);
    for (const size of Object.keys(SIZES)) {
      await check(`with ${MANY} requests, ${size}: every page is whole and accessible`, () =>
        tour(browser, `${many.base}/`, PAGES, { size, theme: "light", name: "many", out }));
    }
    await check(`${MANY} requests are found, paged, counted, and cancelled in bulk with progress`, async () => {
      const context = await browser.context();
      const page = await open(context, `${many.base}/`, "#/requests?q=service:bulk");
      await page.locator("tbody tr[data-key]").nth(49).waitFor();
      await page.getByRole("button", { name: /Show 50 more/ }).click();
      await page.locator("tbody tr[data-key]").nth(99).waitFor();
      const began = Date.now();
      await page.locator("[data-search]").fill("service:bulk id:many-0999");
      await page.keyboard.press("Enter");
      await until("it is found", async () => {
        const next = page.getByRole("button", { name: "Search on" });
        if (await next.isVisible() && await next.isEnabled()) await next.click();
        return (await page.locator('tr[data-key^="many-0999"]').count()) > 0;
      });
      console.error(`found among ${MANY} after ${Date.now() - began} ms`);
      await page.locator("[data-search]").fill("service:bulk state:queued");
      await page.keyboard.press("Enter");
      await page.locator("tbody tr[data-key] input[type=checkbox]").first().click();
      await page.getByRole("button", { name: "Select all that match" }).click();
      await page.getByRole("button", { name: "Cancel", exact: true }).click();
      await page.getByText("100,000 requests").waitFor({ timeout: 200_000 });
      await page.locator("dialog input").fill("100000");
      await page.getByRole("button", { name: "Cancel 100,000" }).click();
      await page.getByText(/^Cancelling/).first().waitFor();
      await page.getByRole("button", { name: "Stop" }).click();
      await page.getByText(/cancelled, then stopped/).waitFor({ timeout: 120_000 });
      const left = (await many.get("/v1/queues")).queues.find((queue) => queue.service === "bulk").depth;
      assert.ok(left > 0 && left < MANY, `${left} left`);
      assert.deepEqual(page.complaints, []);
      await context.close();
    });
    crowd.close();
  }

  await check("below a sub-path that a proxy strips, every page works and links stay below it", async () => {
    const proxy = await startProxy(api.base, "/a/b");
    const context = await browser.context();
    const page = await open(context, proxy.url);
    for (const each of PAGES) {
      await visit(page, each.hash);
      await page.locator("main h1", { hasText: each.heading }).waitFor();
      const astray = await page.evaluate((root) =>
        [...document.querySelectorAll("a[href]")].map((anchor) => anchor.href).filter((href) => href.startsWith(location.origin) && !href.startsWith(root)), proxy.url);
      assert.deepEqual(astray, [], each.name);
    }
    assert.deepEqual(page.complaints, []);
    await context.close();
    proxy.close();
  });

  await check("where streaming does not work the figures come by asking", async () => {
    const proxy = await startProxy(api.base);
    proxy.streams(false);
    const context = await browser.context();
    const page = await open(context, proxy.url, "#/", { allowed: [/501/] });
    await page.getByText("Polling").first().waitFor();
    await page.locator('[data-figure="Waiting"]').waitFor();
    const { totals } = await api.get("/v1/overview");
    await until("the figure agrees", async () => (await page.locator('[data-figure="Waiting"]').innerText()) === String(totals.waiting));
    assert.deepEqual(page.complaints, []);
    await context.close();
    proxy.close();
  });

  await check("a page that is hidden rests, and goes on when it is seen again", async () => {
    const context = await browser.context();
    const page = await open(context, base);
    await page.getByText("Live", { exact: true }).waitFor();
    const hide = (hidden) => page.evaluate((on) => {
      Object.defineProperty(document, "hidden", { value: on, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
    await hide(true);
    await page.getByText("Paused", { exact: true }).waitFor();
    await hide(false);
    await page.getByText("Live", { exact: true }).waitFor();
    assert.deepEqual(page.complaints, []);
    await context.close();
  });

  // last: the server has another address after it
  await check("a restart of the server shows a banner, comes back by itself, and loses no filter", async () => {
    const proxy = await startProxy(api.base);
    const context = await browser.context();
    const page = await open(context, proxy.url, "#/requests?q=state:dead+id:full", { allowed: [/ERR_|502/] });
    await page.locator('tr[data-key="full-1"]').waitFor();
    proxy.away();
    await page.locator(".banner").waitFor();
    if (options["can-restart"]) {
      const { url } = await ask("restart");
      api.base = url;
      proxy.back(url);
    } else {
      proxy.back();
    }
    await page.getByText("Live", { exact: true }).waitFor({ timeout: 90_000 });
    await page.locator(".banner").waitFor({ state: "detached" });
    await page.locator('tr[data-key="full-2"]').waitFor();
    assert.equal(await page.locator("[data-search]").inputValue(), "state:dead id:full");
    assert.match(decodeURIComponent(page.url()), /q=state:dead\+id:full/);
    assert.deepEqual(page.complaints, []);
    await context.close();
    proxy.close();
  });
}
