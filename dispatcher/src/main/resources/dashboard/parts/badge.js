// Badges: a glyph and a word, so that colour is never alone.
//
//   <${StateBadge} state="in-flight" />   states of requests and of nodes
//   <${PriorityBadge} priority="low" />
//   <${Badge} tone="warn" icon="pause">paused<//>   tones: plain good warn bad info

import { classes, html } from "../lib/html.js";
import { Icon } from "./icon.js";

export const PRIORITIES = ["critical", "high", "normal", "low"];

const STATES = {
  queued: ["plain", "queues"],
  scheduled: ["info", "clock"],
  "in-flight": ["info", "play"],
  succeeded: ["good", "ok"],
  dead: ["bad", "skull"],
  cancelled: ["plain", "stop"],
  expired: ["warn", "clock"],
  healthy: ["good", "ok"],
  unhealthy: ["bad", "cross"],
  unknown: ["plain", "question"],
  draining: ["warn", "drain"],
  open: ["bad", "stop"],
  "half-open": ["warn", "half"],
  closed: ["good", "ok"],
};
const WORDS = { open: "breaker open", "half-open": "breaker half-open" };

export function Badge({ tone = "plain", icon, title, children }) {
  return html`<span class=${`badge ${tone}`} title=${title}>${icon && html`<${Icon} name=${icon} size="12" />`}<span>${children}</span></span>`;
}

export function StateBadge({ state, title }) {
  const [tone, icon] = STATES[state] ?? ["plain", "question"];
  return html`<${Badge} tone=${tone} icon=${icon} title=${title}>${WORDS[state] ?? state}<//>`;
}

export function PriorityBadge({ priority, quiet = false }) {
  const known = PRIORITIES.includes(priority);
  return html`<span class=${classes("priority", known && `p-${priority}`, quiet && "quiet")}>
    <${Icon} name=${known ? priority : "question"} size="10" /><span>${priority}</span></span>`;
}
