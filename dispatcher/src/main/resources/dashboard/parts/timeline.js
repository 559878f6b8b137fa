// What happened to a request: a bar of where its time went, and a list of moments with the gaps between them.
//
//   <${Timeline} steps=${timeline(request, why, now)} />

import { classes, html } from "../lib/html.js";
import { absolute, duration, millis } from "../lib/format.js";
import { usePrefs } from "../lib/prefs.js";
import { shares } from "../lib/request-timeline.js";

const clockOf = (ms, zone) => absolute(ms, zone, true).slice(11).replace(" UTC", "");

function Bar({ steps }) {
  const parts = shares(steps);
  if (parts.length === 0) return null;
  const words = parts.map((part) => `${part.name} ${duration(part.forMs)}`).join(", ");
  return html`<div class="time-bar" role="img" aria-label=${`Where the time went: ${words}`}>
    ${parts.map((part, i) => html`<span key=${i} class=${classes("time-part", part.tone, part.open && "open")} style=${{ flexGrow: Math.max(part.share, 0.004) }}
      title=${`${part.name}: ${duration(part.forMs)}`}>${part.share > 0.14 ? `${part.name} ${duration(part.forMs)}` : ""}</span>`)}</div>`;
}

export function Timeline({ steps }) {
  const { zone } = usePrefs();
  if (steps.length === 0) return html`<p class="hint">Nothing is on record.</p>`;
  return html`<div class="timeline"><${Bar} steps=${steps} />
    <ol>${steps.map((step, i) => step.kind === "gap"
      ? html`<li key=${i} class=${classes("gap", step.tone, step.open && "open")}><span class="when num">${duration(step.forMs)}</span>
          <span class="what">${[step.name, step.text, step.open && "until now"].filter(Boolean).join(" · ")}</span></li>`
      : html`<li key=${i} class=${classes("moment", step.tone)}><time class="when num" datetime=${new Date(millis(step.atMs)).toISOString()} title=${absolute(step.atMs, zone, true)}>${clockOf(step.atMs, zone)}</time>
          <span class="what"><b>${step.name}</b>${step.text && html` <span class="soft">${step.text}</span>`}</span></li>`)}
    </ol></div>`;
}
