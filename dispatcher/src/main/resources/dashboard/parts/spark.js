// Small pictures of numbers in tables. They are decoration: the number stands beside them as text.
//
//   <${Spark} values=${[1, 2, null, 4]} label="…" />   a line; without a label it is hidden from screen readers
//   <${Meter} value=${0.4} limit=${0.8} text="40 %" />  a bar from 0 to 1; above the limit it turns to warning
//   <${Load} value=${3} most=${8} />                     "3 / 8" with a bar

import { classes, html } from "../lib/html.js";
import { count, percent } from "../lib/format.js";

const WIDTH = 96;
const HEIGHT = 20;

export function Spark({ values = [], label }) {
  const known = values.filter((value) => typeof value === "number");
  const role = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  const most = Math.max(...known, 0);
  if (known.length < 2 || most === 0) {
    return html`<svg class="spark" width=${WIDTH} height=${HEIGHT} viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} ...${role}>
      <line class="flat" x1="0" x2=${WIDTH} y1=${HEIGHT - 1.5} y2=${HEIGHT - 1.5} /></svg>`;
  }
  const step = WIDTH / (values.length - 1);
  const y = (value) => (HEIGHT - 1.5 - (value / most) * (HEIGHT - 4)).toFixed(1);
  const points = values
    .map((value, i) => (typeof value === "number" ? `${(i * step).toFixed(1)},${y(value)}` : ""))
    .filter(Boolean);
  const [firstX] = points[0].split(",");
  const [lastX] = points[points.length - 1].split(",");
  return html`<svg class="spark" width=${WIDTH} height=${HEIGHT} viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} ...${role}>
    <polygon points=${`${firstX},${HEIGHT} ${points.join(" ")} ${lastX},${HEIGHT}`} />
    <polyline points=${points.join(" ")} /></svg>`;
}

export function Meter({ value, limit = 0.8, text, title }) {
  if (typeof value !== "number" || !Number.isFinite(value)) return html`<span class="nothing">–</span>`;
  const share = Math.min(1, Math.max(0, value));
  return html`<span class=${classes("meter", value > limit && "over")} title=${title}>
    <span class="bar" aria-hidden="true"><span style=${{ width: `${share * 100}%` }}></span></span>
    <span class="value">${text ?? percent(value)}</span></span>`;
}

export function Load({ value, most, title }) {
  const known = typeof most === "number" && most > 0;
  return html`<${Meter} value=${known ? (value ?? 0) / most : 0} limit=${0.9} title=${title}
    text=${known ? `${count(value ?? 0)} / ${count(most)}` : count(value ?? 0)} />`;
}
