// The pictures of the README: an afternoon in a house with three unequal machines, told in a few minutes.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { open, quiet, visit } from "./browser.mjs";
import { startNode } from "./stage.mjs";

const MINUTES = Number(process.env.MINUTES ?? 5);
const VIEW = { width: 1280, height: 860 };

/** Requests at a rate that swells and ebbs, four priorities, a few that fail. */
async function traffic(api, until) {
  let n = 0;
  while (Date.now() < until) {
    const swell = 1 + Math.sin((Date.now() / 1000 / 60) * Math.PI * 2) / 2;
    const batch = Array.from({ length: Math.round(6 * swell) }, () => {
      n++;
      const priority = n % 20 === 0 ? "critical" : n % 6 === 0 ? "high" : n % 3 === 0 ? "low" : "normal";
      const service = n % 4 === 0 ? "media" : "default";
      const path = n % 61 === 0 ? "/status/500" : n % 97 === 0 ? "/status/404" : `/slow/${80 + (n * 37) % 900}`;
      return { service, priority, path, body: { photo: n } };
    });
    await api.post("/v1/requests/batch", batch);
    await new Promise((done) => setTimeout(done, 500));
  }
}

export async function run({ check, browser, api, base, options }) {
  await mkdir(options.out, { recursive: true });
  await check("the pictures of the README", async () => {
    const desktop = await startNode();
    await api.put("/v1/nodes/desktop", { url: desktop.url, services: ["default", "media"], maxConnections: 8 });
    const until = Date.now() + MINUTES * 60_000;
    const reports = setInterval(() => {
      const load = 0.3 + Math.random() * 0.3;
      for (const [node, factor, cores] of [["nuc", 1.1, 8], ["pi-4", 1.5, 4], ["desktop", 0.6, 16]]) {
        api.post(`/v1/nodes/${node}/report`, { cpu: Math.min(0.95, load * factor), memory: 0.3 * factor + 0.1, io: 0.05 * factor, cores, connections: 2 }).catch(() => {});
      }
    }, 5000);
    const sending = traffic(api, until);
    await new Promise((done) => setTimeout(done, Math.max(0, until - Date.now() - 20_000)));
    for (const theme of ["light", "dark"]) {
      const context = await browser.context({ viewport: VIEW, colorScheme: theme, deviceScaleFactor: 1.5 });
      const page = await open(context, base, "#/");
      await visit(page, "#/?range=15m");
      await quiet(page);
      await page.waitForTimeout(2500);
      await page.screenshot({ path: join(options.out, `dashboard-${theme}.png`) });
      await context.close();
    }
    clearInterval(reports);
    await sending;
    desktop.close();
  });
}
