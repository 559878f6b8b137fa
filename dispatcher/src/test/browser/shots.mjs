// Pictures of every page, in both themes and three widths; those for the README are made from a busy moment.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { open, quiet, SIZES, visit } from "./browser.mjs";
import { PAGES } from "./pages.mjs";

export async function run({ check, browser, base, options }) {
  await mkdir(options.out, { recursive: true });
  const only = options.key ? PAGES.filter((page) => options.key.split(",").includes(page.name)) : PAGES;
  for (const theme of ["light", "dark"]) {
    for (const [size, viewport] of Object.entries(SIZES)) {
      await check(`pictures, ${size}, ${theme}`, async () => {
        const context = await browser.context({ viewport, colorScheme: theme });
        const page = await open(context, base, "#/");
        for (const each of only) {
          await visit(page, each.hash);
          await page.locator("main h1", { hasText: each.heading }).waitFor();
          await quiet(page);
          await page.waitForTimeout(400);
          await page.screenshot({ path: join(options.out, `${each.name}-${size}-${theme}.png`), fullPage: size === "phone" });
        }
        await context.close();
      });
    }
  }
}
