// Icons as inline SVG of 16 by 16: they take the colour of the text, and need no font.
//
//   <${Icon} name="pause" />   decoration; the word beside it says the same

import { html } from "../lib/html.js";

const PATHS = {
  // states: each has a shape of its own, so that colour is never alone
  ok: "M3.5 8.5l3 3 6-7",
  cross: "M4 4l8 8M12 4l-8 8",
  warn: "M8 2.5L14.5 13.5h-13zM8 6.5v3.2M8 11.4v.4",
  clock: "M8 2a6 6 0 100 12A6 6 0 008 2zM8 4.8V8l2.2 1.6",
  play: "M5 3.2v9.6L12.6 8z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  skull: "M8 2a5 5 0 00-3 9v2.5h6V11a5 5 0 00-3-9zM6 7v.6M10 7v.6M8 11v2.5",
  stop: "M4 4h8v8H4z",
  drain: "M8 2.5v7M4.8 6.8L8 10l3.2-3.2M3 13.5h10",
  question: "M5.6 5.8a2.4 2.4 0 114 2c-.9.7-1.6 1.2-1.6 2.2M8 12.4v.3",
  half: "M8 2.5a5.5 5.5 0 100 11zM8 2.5a5.5 5.5 0 010 11",
  // priorities
  critical: "M8 2l6 6-6 6-6-6z",
  high: "M8 3l6 9.5H2z",
  normal: "M8 3a5 5 0 100 10A5 5 0 008 3z",
  low: "M2 4.5h12L8 13z",
  // pages and actions
  overview: "M2.5 2.5h4.5v6H2.5zM9 2.5h4.5v3.5H9zM9 8h4.5v5.5H9zM2.5 10.5h4.5v3H2.5z",
  queues: "M2.5 4h11M2.5 8h8M2.5 12h5",
  requests: "M5.5 4H14M5.5 8H14M5.5 12H14M2.3 4h.4M2.3 8h.4M2.3 12h.4",
  dead: "M8 2a5 5 0 00-3 9v2.5h6V11a5 5 0 00-3-9zM6 7v.6M10 7v.6",
  nodes: "M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.4M5 11h.4",
  services: "M8 2l5.5 3v6L8 14l-5.5-3V5zM2.5 5L8 8l5.5-3M8 8v6",
  replicas: "M5.5 5.5h8v8h-8zM2.5 10.5v-8h8",
  events: "M2 8h2.5L6.5 3l3 10 2-5H14",
  settings: "M3 4.5h6M12 4.5h1M3 11.5h1M7 11.5h6M10.5 3v3M5.5 10v3",
  search: "M7 2.5a4.5 4.5 0 100 9 4.5 4.5 0 000-9zM10.3 10.3l3.2 3.2",
  sun: "M8 5a3 3 0 100 6 3 3 0 000-6zM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M3.4 12.6l.9-.9M11.7 4.3l.9-.9",
  moon: "M13 9.6A5.5 5.5 0 016.4 3 5.5 5.5 0 1013 9.6z",
  auto: "M8 2.5a5.5 5.5 0 100 11zM8 2.5a5.5 5.5 0 010 11",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  up: "M4 10l4-4 4 4",
  down: "M4 6l4 4 4-4",
  right: "M6 4l4 4-4 4",
  left: "M10 4L6 8l4 4",
  copy: "M5.5 5.5h8v8h-8zM3.5 10.5h-1v-8h8v1",
  retry: "M13 8a5 5 0 11-1.6-3.7M13 2.5v3h-3",
  trash: "M3 4.5h10M6 4.5V3h4v1.5M4.5 4.5l.6 9h5.8l.6-9M6.8 7v4M9.2 7v4",
  edit: "M3 13l.6-2.8L10.8 3l2.2 2.2-7.2 7.2zM9.5 4.3l2.2 2.2",
  plus: "M8 3v10M3 8h10",
  table: "M2.5 3h11v10h-11zM2.5 6.3h11M2.5 9.7h11M7 6.3V13",
  chart: "M2.5 13.5h11M3 10.5l3-3.5 2.5 2L13 4",
  external: "M9 3h4v4M13 3L7.5 8.5M11.5 9.5v3.5h-8.5V4.5h3.5",
  filter: "M2.5 3.5h11L9.5 8.5v4l-3 1v-5z",
};
const FILLED = new Set(["critical", "high", "normal", "low", "play", "stop"]);

export function Icon({ name, size = 16 }) {
  const filled = FILLED.has(name);
  return html`<svg class="icon" width=${size} height=${size} viewBox="0 0 16 16" aria-hidden="true" focusable="false"
    fill=${filled ? "currentColor" : "none"} stroke="currentColor" stroke-width=${filled ? 1 : 1.5}
    stroke-linecap="round" stroke-linejoin="round"><path d=${PATHS[name] ?? PATHS.question} /></svg>`;
}
