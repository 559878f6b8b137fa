// Overview: the figures, four charts, what needs attention, and the queues, worst first.

import { html } from "../lib/html.js";
import { count, duration, rate } from "../lib/format.js";
import { RANGES, useHistory } from "../lib/history.js";
import { useLive } from "../lib/live.js";
import { link, useQuery } from "../lib/router.js";
import { PRIORITIES } from "../parts/badge.js";
import { Chart } from "../parts/chart.js";
import { Icon } from "../parts/icon.js";
import { Choices, Empty, Loading, Page, Panel } from "../parts/page.js";
import { QueueTable } from "../parts/queue-table.js";

const RATES = ["rate.enqueued", "rate.succeeded", "rate.failed", "rate.retried"];
const WAITS = ["wait.p50", "wait.p95", "wait.p99"];
const SLOTS = ["slots.busy", "slots.total"];
const DEPTHS = PRIORITIES.map((priority) => `depth.${priority}`);
const ALL = [...RATES, ...DEPTHS, ...WAITS, ...SLOTS];

function Figure({ href, label, value, small, tone = "" }) {
  return html`<a href=${href}><span>${label}</span><b class=${`num ${tone}`} data-figure=${label}>${value}${small && html` <small>${small}</small>`}</b></a>`;
}

export function Figures({ overview }) {
  const { totals, nodes, replicas } = overview;
  return html`<section class="figures" aria-label="Totals">
    <${Figure} href=${link("/requests", { state: "queued" })} label="Waiting" value=${count(totals.waiting)} />
    <${Figure} href=${link("/requests", { state: "in-flight" })} label="In flight" value=${count(totals.inFlight)} />
    <${Figure} href=${link("/requests", { state: "scheduled" })} label="Scheduled" value=${count(totals.scheduled)} />
    <${Figure} href=${link("/requests", { state: "succeeded" })} label="Done / min" value=${rate(totals.succeededPerMinute)} />
    <${Figure} href=${link("/dead")} label="Failed / min" value=${rate(totals.failedPerMinute)} tone=${totals.failedPerMinute > 0 ? "bad" : ""} />
    <${Figure} href=${link("/dead")} label="Dead" value=${count(totals.dead)} tone=${totals.dead > 0 ? "bad" : ""} />
    <${Figure} href=${link("/queues", { sort: "-oldestMs" })} label="Oldest wait" value=${totals.waiting > 0 ? duration(totals.oldestMs) : "–"} />
    <${Figure} href=${link("/nodes")} label="Nodes up" value=${count(nodes.up)} small=${`of ${count(nodes.total)}`}
      tone=${nodes.total === 0 ? "" : nodes.up === 0 ? "bad" : nodes.up < nodes.total ? "warn" : ""} />
    <${Figure} href=${link("/replicas")} label="Replicas" value=${count(replicas.alive)} />
  </section>`;
}

/** A sentence that begins with its subject carries the link itself; else the subject stands above. */
function Sentence({ subject, text, href }) {
  const told = text.toLowerCase().startsWith(subject.toLowerCase());
  const name = told ? text.slice(0, subject.length) : subject;
  const linked = href ? html`<a href=${href}>${name}</a>` : html`<b>${name}</b>`;
  return told ? html`<p>${linked}${text.slice(subject.length)}</p>` : html`${linked}<p>${text}</p>`;
}

function Attention({ list }) {
  if (list.length === 0) return html`<p class="calm"><${Icon} name="ok" />Nothing. All queues move and all nodes answer.</p>`;
  return html`<ul class="attention">${list.map((each) => html`<li class=${each.severity} key=${each.subject + each.text}>
    <${Icon} name=${each.severity === "critical" ? "cross" : "warn"} />
    <div><span class="offscreen">${each.severity}: </span><${Sentence} ...${each} /></div></li>`)}</ul>`;
}

export function Charts({ range }) {
  const { times, values, loading } = useHistory(ALL, range);
  const line = (name, label, more) => ({ label, values: values(name), ...more });
  const common = { times, sync: "overview", loading };
  return html`<div class="charts pairs">
    <${Chart} ...${common} title="Requests a second" unit="rate" series=${[
      line("rate.enqueued", "enqueued", { color: "--series-1" }), line("rate.succeeded", "succeeded", { color: "--series-2" }),
      line("rate.failed", "failed", { color: "--series-3", dash: [5, 3] }), line("rate.retried", "retried", { color: "--series-4", dash: [2, 3] })]} />
    <${Chart} ...${common} title="Waiting, by priority" unit="count" stacked series=${PRIORITIES.map((priority) =>
      line(`depth.${priority}`, priority, { color: `--p-${priority}` }))} />
    <${Chart} ...${common} title="Wait until sent" unit="ms" series=${[
      line("wait.p50", "p50", { color: "--series-2" }), line("wait.p95", "p95", { color: "--series-1", dash: [6, 3] }),
      line("wait.p99", "p99", { color: "--series-4", dash: [2, 3] })]} />
    <${Chart} ...${common} title="Busy slots" unit="count" href=${link("/nodes")} series=${[
      line("slots.busy", "busy", { color: "--series-1", fill: true }), line("slots.total", "in all", { color: "--p-low", dash: [4, 4] })]} />
  </div>`;
}

/** Commands that work as they stand, with this server's own address. */
function firstSteps() {
  const base = new URL(".", location.href).href;
  return [
    `curl -X PUT ${base}v1/nodes/first -H 'Content-Type: application/json' -d '{"url":"http://127.0.0.1:9000","services":["default"]}'`,
    `curl -X POST ${base}v1/requests -H 'Content-Type: application/json' -d '{"priority":"high","path":"/work","body":{"hello":"world"}}'`,
    `scripts/yardmaster agent --url ${base.replace(/\/$/, "")} --node-url http://THIS-MACHINE:9000`,
  ];
}

export default function OverviewPage() {
  const overview = useLive("overview");
  const [query, setQuery] = useQuery();
  const range = query.range ?? "15m";
  if (!overview) return html`<${Page} title="Overview"><${Loading} rows=${6} /><//>`;
  const fresh = overview.queues.length === 0 && overview.nodes.total === 0;
  return html`<${Page} title="Overview" actions=${html`<${Choices} label="Time shown" value=${range} options=${RANGES}
      onChange=${(value) => setQuery({ range: value === "15m" ? undefined : value })} />`}>
    <${Figures} overview=${overview} />
    ${fresh && html`<${Panel}><${Empty} title="Nothing here yet" icon="overview" commands=${firstSteps()}>
      Register a node, send it a request, and let the node report its load:<//><//>`}
    ${!fresh && html`<div class="aside">
      <${Charts} range=${range} />
      <${Panel} class="attention-panel" title="Needs attention"><${Attention} list=${overview.attention ?? []} /><//>
    </div>`}
    ${overview.queues.length > 0 && html`<${Panel} flush title="Queues, worst first" actions=${html`<a href=${link("/queues")}>All queues</a>`}>
      <${QueueTable} queues=${overview.queues} page=${12} brief /><//>`}
  <//>`;
}
