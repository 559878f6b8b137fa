// The table of queues, of the overview and of the queues' own page.

import { html } from "../lib/html.js";
import { count, duration, percent, rate } from "../lib/format.js";
import { link, pathOf } from "../lib/router.js";
import { Badge, PRIORITIES, PriorityBadge } from "./badge.js";
import { Spark } from "./spark.js";
import { Table } from "./table.js";

export const queueName = (row) => `${row.service}/${row.priority}`;
export const queueHref = (row) => link(pathOf("queues", row.service, row.priority));

/** How a queue's way out is today: failed of all that ended in the last minute. */
export function failedShare(row) {
  const ended = (row.succeededPerMinute ?? 0) + (row.failedPerMinute ?? 0);
  return ended > 0 ? (row.failedPerMinute ?? 0) / ended : null;
}

/**
 * Trouble in one number, for "worst first": what is paused with work behind it, then how long the oldest waits
 * measured by the time its priority allows one attempt, then failures and the dead.
 */
export function trouble(row) {
  const age = row.depth > 0 ? row.oldestMs / Math.max(1000, row.timeoutMs ?? 30000) : 0;
  const stopped = row.paused && row.depth > 0 ? 5 : 0;
  return stopped + Math.min(50, age) + 4 * (failedShare(row) ?? 0) + (row.dead > 0 ? 0.5 + Math.log10(row.dead) / 10 : 0);
}

const tone = (on, name) => (on ? `tone-${name}` : "");

const columns = (brief) => [
  { key: "name", label: "Queue", value: (row) => `${row.service} ${PRIORITIES.indexOf(row.priority)}`,
    cell: (row) => html`<span class="queue-name"><a href=${queueHref(row)}>${row.service}<span class="muted">/</span></a><${PriorityBadge} priority=${row.priority} />
      ${row.paused && html`<${Badge} tone="warn" icon="pause">paused<//>`}</span>` },
  { key: "depth", label: "Waiting", end: true, value: (row) => row.depth, cell: (row) => count(row.depth) },
  { key: "oldestMs", label: "Oldest", end: true, title: "How long the oldest waits", value: (row) => (row.depth > 0 ? row.oldestMs : 0),
    cell: (row) => (row.depth > 0 ? html`<span class=${tone(row.oldestMs > (row.timeoutMs ?? Infinity), "warn")}>${duration(row.oldestMs)}</span>` : html`<span class="nothing">–</span>`) },
  { key: "inFlight", label: "In flight", end: true, value: (row) => row.inFlight, cell: (row) => count(row.inFlight) },
  !brief && { key: "scheduled", label: "Scheduled", end: true, minor: true, value: (row) => row.scheduled, cell: (row) => count(row.scheduled) },
  { key: "enqueuedPerMinute", label: "In / min", end: true, value: (row) => row.enqueuedPerMinute ?? null, cell: (row) => rate(row.enqueuedPerMinute) },
  { key: "succeededPerMinute", label: "Done / min", end: true, value: (row) => row.succeededPerMinute ?? null, cell: (row) => rate(row.succeededPerMinute) },
  { key: "spark", label: "5 min", title: "Succeeded in the last five minutes", cell: (row) => html`<${Spark} values=${row.spark} />` },
  { key: "failed", label: "Failed", end: true, title: "Share of what ended in the last minute", value: failedShare,
    cell: (row) => html`<span class=${tone(failedShare(row) > 0, "bad")}>${failedShare(row) === null ? html`<span class="nothing">–</span>` : percent(failedShare(row))}</span>` },
  { key: "dead", label: "Dead", end: true, value: (row) => row.dead,
    cell: (row) => (row.dead > 0 ? html`<a class="tone-bad" href=${link("/dead", { service: row.service, priority: row.priority })}>${count(row.dead)}</a>` : "0") },
  { key: "emptyInMs", label: "Empty in", end: true, wide: true, title: "At the pace of the last minutes", value: (row) => row.emptyInMs ?? null,
    cell: (row) => (row.depth === 0 ? html`<span class="nothing">–</span>` : row.emptyInMs === null || row.emptyInMs === undefined ? html`<span class="muted">not shrinking</span>` : duration(row.emptyInMs)) },
  !brief && { key: "weight", label: "Weight", end: true, minor: true, value: (row) => row.weight, cell: (row) => rate(row.weight) },
].filter(Boolean);

const FULL = columns(false);
const BRIEF = columns(true);

/** Worst first until a heading is clicked. */
export function QueueTable({ queues, brief = false, selection, page, empty }) {
  const rows = [...queues].sort((a, b) => trouble(b) - trouble(a) || queueName(a).localeCompare(queueName(b)));
  return html`<${Table} label="Queues" rows=${rows} rowKey=${queueName} columns=${brief ? BRIEF : FULL} href=${queueHref}
    selection=${selection} page=${page} empty=${empty} sortParam=${brief ? "queues" : "sort"} />`;
}
