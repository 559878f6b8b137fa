// A chart over time: uPlot, with the same figures as a table, and in words for screen readers.
//
//   <${Chart} title="Wait" times=${[ms, …]} unit="ms"        units: ms rate count ratio
//       series=${[{ label: "p50", values: [n | null, …], color: "--series-1", dash: [4, 4] }]}
//       stacked   limit=${{ value: 30000, label: "SLO" }}   height=${180}   sync="overview"   href=${…} />

import { html, useEffect, useMemo, useRef, useState } from "../lib/html.js";
import { absolute, count, duration, percent, rate, short } from "../lib/format.js";
import { shownTheme, usePrefs } from "../lib/prefs.js";
import { useStore } from "../lib/store.js";
import uPlot from "../vendor/uplot.js";
import { Icon } from "./icon.js";

const SUMMARY_MS = 10000;
const TABLE_ROWS = 30;
const UNITS = {
  ms: { full: duration, axis: (value) => duration(value).replace(" ", "\u00a0") },
  rate: { full: (value) => (typeof value === "number" ? `${rate(value)}/s` : "–"), axis: short },
  count: { full: count, axis: short },
  ratio: { full: percent, axis: percent },
};

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const faded = (hex, share) => `color-mix(in srgb, ${hex} ${share * 100}%, transparent)`;

/** Sums from the bottom, as stacked areas are drawn; a gap in one is a gap in all above. */
export function stack(rows) {
  let below = null;
  return rows.map((row) => {
    below = row.map((value, i) => (below === null ? value : value === null || below[i] === null ? null : value + below[i]));
    return below;
  });
}

const two = (value) => String(value).padStart(2, "0");

function timeLabels(zone) {
  return (self, splits, axis, space, step) => splits.map((seconds, i) => {
    const at = new Date(seconds * 1000);
    const [month, day, hour, minute, second] = zone === "utc"
      ? [at.getUTCMonth(), at.getUTCDate(), at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()]
      : [at.getMonth(), at.getDate(), at.getHours(), at.getMinutes(), at.getSeconds()];
    if (step >= 86400) return `${two(month + 1)}-${two(day)}`;
    const clock = `${two(hour)}:${two(minute)}${step < 60 ? `:${two(second)}` : ""}`;
    return hour === 0 && minute === 0 && i > 0 ? `${two(month + 1)}-${two(day)}` : clock;
  });
}

function options({ width, height, unit, series, stacked, limit, sync, zone, onCursor }) {
  const grid = { stroke: colour("--chart-grid"), width: 1 };
  const axis = { stroke: colour("--text-2"), font: `11px ${colour("--font") || "sans-serif"}`, grid, ticks: { show: false } };
  const drawn = series.map((each, i) => {
    const stroke = colour(each.color ?? `--series-${i + 1}`);
    return {
      label: each.label, stroke, width: 1.5, dash: each.dash, points: { show: false }, spanGaps: false,
      fill: stacked ? (i === 0 ? faded(stroke, 0.35) : undefined) : each.fill ? faded(stroke, 0.12) : undefined,
    };
  });
  return {
    width, height, tzDate: (seconds) => (zone === "utc" ? uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC") : new Date(seconds * 1000)),
    padding: [8, 20, 0, 0], // the last time below the axis is half outside
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false }, sync: sync ? { key: sync } : undefined },
    scales: { x: { time: true }, y: { range: (self, low, high) => [0, Math.max(high, limit?.value ?? 0, unit === "ratio" ? 0.01 : 1) * 1.08] } },
    axes: [
      { ...axis, values: timeLabels(zone), space: 64, size: 28, grid: { show: false } },
      { ...axis, values: (self, splits) => splits.map(UNITS[unit].axis), size: unit === "ms" ? 62 : 46, space: 32, gap: 6 },
    ],
    series: [{}, ...drawn],
    bands: stacked ? drawn.slice(1).map((each, i) => ({ series: [i + 2, i + 1], fill: faded(each.stroke, 0.35) })) : [],
    hooks: {
      setCursor: [(self) => onCursor(self.cursor.idx ?? null)],
      draw: limit ? [(self) => drawLimit(self, limit)] : [],
    },
  };
}

function drawLimit(plot, limit) {
  const y = plot.valToPos(limit.value, "y", true);
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = colour("--text-2");
  ctx.setLineDash([4, 4]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

function useSummary(text) {
  const [said, setSaid] = useState("");
  const last = useRef(0);
  const newest = useRef(text);
  newest.current = text;
  useEffect(() => {
    const rest = Math.max(0, last.current + SUMMARY_MS - Date.now());
    const timer = setTimeout(() => {
      last.current = Date.now();
      setSaid(newest.current);
    }, rest);
    return () => clearTimeout(timer);
  }, [text !== said]);
  return said;
}

const lastKnown = (values) => {
  for (let i = values.length - 1; i >= 0; i--) if (typeof values[i] === "number") return values[i];
  return null;
};

function Twin({ title, times, series, unit, zone }) {
  const step = Math.max(1, Math.ceil(times.length / TABLE_ROWS));
  const rows = times.map((_, i) => i).filter((i) => (times.length - 1 - i) % step === 0).reverse();
  return html`<div class="twin" tabindex="0" role="region" aria-label=${`${title} as a table`}><table>
    <thead><tr><th scope="col">Time</th>${series.map((each) => html`<th scope="col" class="end" key=${each.label}>${each.label}</th>`)}</tr></thead>
    <tbody>${rows.map((i) => html`<tr key=${times[i]}><th scope="row">${absolute(times[i], zone)}</th>
      ${series.map((each) => html`<td class="end" key=${each.label}>${UNITS[unit].full(each.values[i])}</td>`)}</tr>`)}</tbody></table></div>`;
}

function Plot({ times, series, unit, stacked, limit, height, sync, zone, theme, onCursor }) {
  const box = useRef();
  const plot = useRef(null);
  const shape = series.map((each) => `${each.label}${each.color}${each.dash}`).join();
  const data = useMemo(() => {
    const values = series.map((each) => each.values);
    return [times.map((ms) => ms / 1000), ...(stacked ? stack(values) : values)];
  }, [times, series, stacked]);

  useEffect(() => {
    const width = () => Math.max(120, box.current.clientWidth);
    const made = new uPlot(options({ width: width(), height, unit, series, stacked, limit, sync, zone, onCursor }), data, box.current);
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: width(), height }));
    watch.observe(box.current);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, unit, stacked, height, zone, theme, limit?.value, sync]);

  useEffect(() => plot.current?.setData(data), [data]);
  return html`<div class="plot" ref=${box} style=${{ height: `${height}px` }} aria-hidden="true"></div>`;
}

export function Chart({ title, times, series, unit = "count", stacked = false, limit, height = 168, sync, href, loading = false }) {
  const { zone } = usePrefs();
  const theme = useStore(shownTheme, (value) => value.name);
  const [asTable, setAsTable] = useState(false);
  const [at, setAt] = useState(null);
  const [focused, setFocused] = useState(false);
  const { full } = UNITS[unit];
  const nothing = times.length < 2 || series.every((each) => lastKnown(each.values) === null);
  const words = nothing ? "No figures yet." : series.map((each) => `${each.label} ${full(lastKnown(each.values))}`).join(", ");
  const summary = useSummary(words);
  const shown = at !== null && at < times.length ? at : null;

  // the status speaks only to who is here: four charts that all talk every ten seconds help nobody
  return html`<figure class="chart" tabindex="0" aria-label=${`${title}: ${summary}`} onFocusIn=${() => setFocused(true)} onFocusOut=${() => setFocused(false)}>
    <figcaption><h2>${href ? html`<a href=${href}>${title}</a>` : title}</h2>
      <span class="at">${shown !== null ? absolute(times[shown], zone) : ""}</span>
      <button type="button" class="ghost icon-only small" aria-pressed=${asTable} aria-label=${asTable ? "Show as chart" : "Show as table"}
        title=${asTable ? "Show as chart" : "Show as table"} onClick=${() => setAsTable(!asTable)}><${Icon} name=${asTable ? "chart" : "table"} size="14" /></button></figcaption>
    ${nothing
      ? html`<div class="plot-empty" style=${{ height: `${height}px` }}>${loading ? "Loading …" : "No figures for this time yet."}</div>`
      : asTable
        ? html`<${Twin} title=${title} times=${times} series=${series} unit=${unit} zone=${zone} />`
        : html`<${Plot} times=${times} series=${series} unit=${unit} stacked=${stacked} limit=${limit} height=${height} sync=${sync} zone=${zone} theme=${theme} onCursor=${setAt} />`}
    <ul class="legend">${series.map((each, i) => html`<li key=${each.label}>
      <span class="swatch" style=${{ "--swatch": `var(${each.color ?? `--series-${i + 1}`})` }} data-dash=${each.dash ? "yes" : "no"} aria-hidden="true"></span>
      <span>${each.label}</span><b class="num">${full(shown !== null ? each.values[shown] : lastKnown(each.values))}</b></li>`)}</ul>
    <span class="offscreen" role="status" aria-live=${focused ? "polite" : "off"}>${focused ? summary : ""}</span>
  </figure>`;
}
