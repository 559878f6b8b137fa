// The everyday checks: every page and every action once, at one size, on one server.

import assert from "node:assert/strict";
import { inaccessible, open, quiet, SIZES, tooWide, visit } from "./browser.mjs";
import { PAGES } from "./pages.mjs";
import { until } from "./stage.mjs";

// the rows of an earlier filter may stand until the answer comes
const rows = (page, count) => until(`${count} rows`, async () => (await page.locator("tbody tr[data-key]").count()) === count);
const soon = (page, text) => page.getByText(text).first().waitFor();

export async function run({ check, browser, api, base }) {
  const context = await browser.context();
  const state = async (id) => (await api.get(`/v1/requests/${id}`)).state;

  await check("every page shows what it is for, without a complaint and without a serious finding of axe", async () => {
    const page = await open(context, base);
    const found = [];
    for (const { name, hash, heading } of PAGES) {
      await visit(page, hash);
      await page.locator("main h1", { hasText: heading }).waitFor();
      await quiet(page);
      const wide = await tooWide(page);
      found.push(...wide.map((each) => `${name}: ${each}`), ...(await inaccessible(page)).map((each) => `${name}: ${each}`));
    }
    assert.deepEqual([...found, ...page.complaints], []);
    await page.close();
  });

  await check("a page weighs 250 KB at most, the heaviest too", async () => {
    const fresh = await browser.context();
    for (const hash of ["#/", "#/requests"]) {
      const page = await fresh.newPage();
      const weights = new Map();
      page.on("response", async (response) => {
        const path = new URL(response.url()).pathname;
        if (!path.startsWith("/v1/")) weights.set(path, (await response.body().catch(() => "")).length);
      });
      await page.goto(base + hash);
      await quiet(page);
      await page.waitForLoadState("load");
      const sum = [...weights.values()].reduce((total, each) => total + each, 0);
      assert.ok(sum > 50_000 && sum <= 250_000, `${hash}: ${sum} bytes in ${weights.size} files`);
      await page.close();
    }
    await fresh.close();
  });

  await check("figures of the overview are those of the API", async () => {
    const page = await open(context, base);
    const shown = (label) => page.locator(`[data-figure="${label}"]`).innerText();
    for (const [label, field] of [["Waiting", "waiting"], ["In flight", "inFlight"], ["Scheduled", "scheduled"], ["Dead", "dead"]]) {
      await until(`${label} agrees`, async () => {
        const { totals } = await api.get("/v1/overview");
        return Number((await shown(label)).replaceAll(",", "")) === totals[field];
      });
    }
    await page.close();
  });

  await check("a filter is suggested, applied, kept in the address, and survives a reload", async () => {
    const page = await open(context, base, "#/requests");
    await page.locator("[data-search]").click();
    await page.keyboard.type("sta");
    await page.getByRole("option", { name: /state:/ }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.keyboard.type("dea");
    await page.getByRole("option", { name: "state:dead" }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.keyboard.type("id:full");
    await page.keyboard.press("Enter");
    await rows(page, 2);
    await page.locator('tr[data-key="full-1"]').waitFor();
    const address = page.url();
    assert.match(decodeURIComponent(address), /q=state:dead\+id:full/);
    await page.reload();
    await page.locator('tr[data-key="full-2"]').waitFor();
    assert.equal(await page.locator("[data-search]").inputValue(), "state:dead id:full");
    await page.locator("[data-search]").fill("state:done");
    await page.keyboard.press("Enter");
    await soon(page, /state: done \(expected/);
    await page.goBack();
    await page.locator('tr[data-key="full-1"]').waitFor();
    assert.deepEqual(page.complaints, []);
    await page.close();
  });

  await check("one request shows its timeline, attempts, why, payload and answer", async () => {
    const page = await open(context, base, "#/requests/full-1", { allowed: [/404 of .*\/not-there/] });
    await soon(page, "answered");
    assert.equal(await page.locator(".timeline .moment", { hasText: "sent" }).count(), 2);
    await soon(page, "backoff");
    assert.equal(await page.getByRole("table", { name: "Attempts" }).locator("tr.attempt").count(), 2);
    const { sentence } = await api.get("/v1/requests/full-1/why");
    await soon(page, sentence.slice(0, 60));
    await page.getByRole("button", { name: "Show the payload" }).click();
    await soon(page, '"serial": 12345678901234567890');
    await page.getByText("headers", { exact: false }).first().click();
    assert.ok(!(await page.content()).includes("hush"), "a key of a producer is shown");
    await page.getByRole("button", { name: /Show the answer/ }).click();
    await soon(page, /is full/);
    await page.goto(`${base}#/requests/done-bytes`);
    await page.getByRole("button", { name: /Show the answer/ }).click();
    await soon(page, "000000  00 01 02 03");
    await page.goto(`${base}#/requests/not-there`);
    await soon(page, "Not known here");
    assert.deepEqual(page.complaints, []);
    await page.close();
  });

  await check("a request is copied as curl where there is no clipboard API, and what was copied makes the same request", async () => {
    const plain = base.replace("127.0.0.1", "yard.test");
    const page = await open(context, plain, "#/requests/full-2");
    assert.equal(await page.evaluate(() => window.isSecureContext), false);
    await page.getByRole("button", { name: "Copy as curl" }).click();
    await soon(page, /Copied/);
    await visit(page, "#/requests");
    await page.locator("[data-search]").click();
    await page.keyboard.press("Control+V");
    const text = await page.locator("[data-search]").inputValue();
    assert.match(text, /curl -sS http:\/\/yard\.test:\d+\/v1\/requests/);
    assert.ok(text.includes("12345678901234567890") && text.includes("O'\\''Brien"), text);
    await page.close();
  });

  await check("a dead request is retried, and one that waits is cancelled, from their pages", async () => {
    const page = await open(context, base, "#/requests/slow-1");
    await page.getByRole("button", { name: "Retry" }).click();
    await soon(page, "is in its queue again");
    await until("it died again", async () => (await api.get("/v1/requests/slow-1")).attempts === 2 && (await state("slow-1")) === "dead");
    await page.goto(`${base}#/requests/waits-1`);
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.getByRole("button", { name: "Cancel the request" }).click();
    await soon(page, "is cancelled");
    assert.equal(await state("waits-1"), "cancelled");
    assert.deepEqual(page.complaints, []);
    await page.close();
  });

  await check("selected requests and all that match are counted before they are cancelled", async () => {
    const page = await open(context, base, "#/requests?q=state:queued+priority:low");
    await page.getByRole("checkbox", { name: "Select waits-2" }).click();
    await soon(page, "1 selected");
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.getByRole("button", { name: "Cancel 1" }).click();
    await soon(page, "1 request cancelled");
    assert.equal(await state("waits-2"), "cancelled");
    await page.getByRole("checkbox", { name: "Select waits-3" }).click();
    await page.getByRole("button", { name: "Select all that match" }).click();
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.getByRole("button", { name: "Cancel 2" }).click();
    await soon(page, "2 requests cancelled");
    assert.deepEqual([await state("waits-3"), await state("waits-4")], ["cancelled", "cancelled"]);
    assert.deepEqual(page.complaints, []);
    await page.close();
  });

  await check("the dead are grouped by cause, and a group is redriven and dropped", async () => {
    const { groups } = await api.get("/v1/dead/groups");
    const page = await open(context, base, "#/dead");
    const table = page.getByRole("table", { name: "Causes" });
    await table.waitFor();
    assert.equal(await table.locator("tbody tr").count(), groups.length);
    const gone = groups.find((group) => group.count === 3);
    const row = table.locator("tbody tr", { hasText: "HTTP 404" });
    assert.match(await row.innerText(), /\b3\b/);
    await row.getByRole("button", { name: "Redrive" }).click();
    await page.getByRole("button", { name: "Retry 3" }).click();
    await soon(page, "3 requests retried");
    await until("they are dead again", async () => (await api.get("/v1/dead/groups")).groups.find((group) => group.cause === gone.cause && group.priority === gone.priority)?.count === 3);
    await page.reload();
    await table.locator("tbody tr", { hasText: "HTTP 404" }).getByRole("button", { name: "Drop these 3" }).click();
    await page.getByRole("button", { name: "Drop 3" }).click();
    await soon(page, "3 requests dropped");
    assert.deepEqual(page.complaints, []);
    await page.close();
  });

  await check("a queue is paused and resumed", async () => {
    const page = await open(context, base, "#/queues/default/low");
    await page.getByRole("button", { name: /Resume/ }).first().click();
    await until("resumed", async () => !(await api.get("/v1/queues")).queues.find((queue) => queue.service === "default" && queue.priority === "low").paused);
    await page.getByRole("button", { name: /Pause/ }).first().click();
    const confirmed = page.locator("dialog button.primary, dialog button.danger");
    if (await confirmed.count()) await confirmed.first().click();
    await until("paused", async () => (await api.get("/v1/queues")).queues.find((queue) => queue.service === "default" && queue.priority === "low").paused);
    assert.deepEqual(page.complaints, []);
    await page.close();
  });

  await check("a node is drained and resumed", async () => {
    const page = await open(context, base, "#/nodes");
    const row = page.locator("tr[data-key='pi-4'], [data-node='pi-4']").first();
    await row.waitFor();
    await row.getByRole("button", { name: /Drain/ }).click();
    const confirmed = page.locator("dialog button.primary, dialog button.danger");
    if (await confirmed.count()) await confirmed.first().click();
    await until("draining", async () => (await api.get("/v1/nodes/pi-4")).state === "draining");
    await row.getByRole("button", { name: /Resume/ }).click();
    await until("serving", async () => (await api.get("/v1/nodes/pi-4")).state !== "draining");
    assert.deepEqual(page.complaints, []);
    await page.close();
  });

  await check("a service's strategy is changed, and a mistake in its limit is shown at its field", async () => {
    const page = await open(context, base, "#/services/mail?edit=1", { allowed: [/400 of .*services\/mail/] });
    await page.getByLabel("Strategy").selectOption("round_robin");
    await page.getByRole("button", { name: "Save" }).click();
    await until("changed", async () => (await api.get("/v1/services/mail")).strategy === "round_robin");
    await page.getByLabel("Requests", { exact: false }).first().fill("-5");
    await page.getByRole("button", { name: "Save" }).click();
    await page.locator(".fault").first().waitFor();
    assert.equal((await api.get("/v1/services/mail")).strategy, "round_robin");
    assert.deepEqual(page.complaints, []);
    await page.close();
  });

  await check("what operators do is among the events", async () => {
    const page = await open(context, base, "#/events");
    await page.locator('[data-event="node_drained"]').first().waitFor();
    await page.locator('[data-event="queue_paused"]').first().waitFor();
    assert.deepEqual(page.complaints, []);
    await page.close();
  });

  await check("with the keyboard alone: find, open, go back, ask for help", async () => {
    const page = await open(context, base);
    await page.keyboard.press("g");
    await page.keyboard.press("r");
    await page.locator("main h1", { hasText: "Requests" }).waitFor();
    await quiet(page);
    await page.keyboard.press("/");
    await page.keyboard.type("id:done-1");
    await page.keyboard.press("Enter");
    await rows(page, 1);
    await page.keyboard.press("Escape");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.locator("main h1", { hasText: "done-1" }).waitFor();
    await page.goBack();
    await page.locator('tr[data-key="done-1"]').waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    assert.deepEqual(page.complaints, []);
    await page.close();
  });

  await check("on a phone nothing sticks out", async () => {
    const small = await browser.context({ viewport: SIZES.phone, colorScheme: "dark" });
    const page = await open(small, base);
    const found = [];
    for (const { name, hash, heading } of PAGES) {
      await visit(page, hash);
      await page.locator("main h1", { hasText: heading }).waitFor();
      found.push(...(await tooWide(page)).map((each) => `${name}: ${each}`));
    }
    assert.deepEqual([...found, ...page.complaints], []);
    await small.close();
  });
  await context.close();
}
