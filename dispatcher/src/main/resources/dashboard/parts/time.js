// A point in time, as the user likes it: relative or absolute, local or UTC; the other form is the tooltip.
//
//   <${Time} at=${ms or RFC 3339 text} />      <${Time} at=${…} fine />   with milliseconds, always absolute

import { html } from "../lib/html.js";
import { absolute, ago, millis } from "../lib/format.js";
import { serverNow } from "../lib/live.js";
import { usePrefs } from "../lib/prefs.js";
import { createStore, useStore } from "../lib/store.js";

/** The server's time, once a second; rests while the page is hidden. */
export const clock = createStore({ now: serverNow() });
setInterval(() => {
  if (!document.hidden) clock.set({ now: serverNow() });
}, 1000);

export const useNow = () => useStore(clock, (value) => value.now);

export function Time({ at, fine = false }) {
  const { time, zone } = usePrefs();
  const relative = useStore(clock, (value) => ago(at, value.now));
  const ms = millis(at);
  if (ms === null) return html`<span class="nothing">–</span>`;
  const exact = absolute(ms, zone, true);
  const shown = fine ? exact : time === "absolute" ? absolute(ms, zone) : relative;
  return html`<time datetime=${new Date(ms).toISOString()} title=${shown === relative ? exact : relative}>${shown}</time>`;
}
