// One node: its load over time, what it is, its breakers, what the strategy thinks of it, and what it works on.

import { html } from "../lib/html.js";
import { useResource } from "../lib/api.js";
import { count, duration, percent, rate } from "../lib/format.js";
import { RANGES, useHistory } from "../lib/history.js";
import { useKeys } from "../lib/keys.js";
import { useLive } from "../lib/live.js";
import { go, link, pathOf, useQuery } from "../lib/router.js";
import { ActionButton, removeNode, turnNode } from "../parts/actions.js";
import { Badge, PriorityBadge, StateBadge } from "../parts/badge.js";
import { Chart } from "../parts/chart.js";
import { CopyButton } from "../parts/copy.js";
import { termFigure, termWords } from "../parts/decision.js";
import { Icon } from "../parts/icon.js";
import { Choices, Empty, Facts, Loading, Page, Panel, Problem } from "../parts/page.js";
import { Time } from "../parts/time.js";
import { reportAge } from "./nodes.js";

const back = { href: link("/nodes"), label: "Nodes" };

function Charts({ id, range }) {
  const name = (what) => `node.${id}.${what}`;
  const { times, values, loading } = useHistory(["cpu", "memory", "io", "inFlight", "latencyMs", "errorRate"].map(name), range);
  const common = { times, loading, sync: "node", height: 136 };
  return html`<div class="charts pairs">
    <${Chart} ...${common} title="Load" unit="ratio" series=${[
      { label: "CPU", values: values(name("cpu")), color: "--series-1" }, { label: "memory", values: values(name("memory")), color: "--series-2", dash: [6, 3] },
      { label: "IO", values: values(name("io")), color: "--series-4", dash: [2, 3] }]} />
    <${Chart} ...${common} title="In flight" unit="count" series=${[{ label: "in flight", values: values(name("inFlight")), color: "--series-1", fill: true }]} />
    <${Chart} ...${common} title="Latency" unit="ms" series=${[{ label: "latency", values: values(name("latencyMs")), color: "--series-1", fill: true }]} />
    <${Chart} ...${common} title="Errors" unit="ratio" series=${[{ label: "errors", values: values(name("errorRate")), color: "--series-3", fill: true }]} />
  </div>`;
}

/** How the node stands for each of its services: the terms that the strategy compares, or what leaves it out. */
function Standings({ choice }) {
  return choice.map((each) => html`<div key=${each.service}>
    <h3><a href=${link(pathOf("services", each.service))}>${each.service}</a></h3>
    <p class="muted">${each.strategy}${each.candidate ? "" : `: ${each.why}`}</p>
    ${each.candidate && html`<${Facts} rows=${Object.entries(each.terms).map(([name, value]) => [termWords(name), termFigure(value)])} />`}</div>`);
}

function Work({ id }) {
  const { data, error, reload } = useResource("v1/requests", { query: { node: id, state: "in-flight", limit: 10 }, every: 3000 });
  if (error && !data) return html`<${Problem} error=${error} retry=${reload} />`;
  if (!data) return html`<${Loading} />`;
  if (data.requests.length === 0) return html`<p class="muted">Nothing at the moment.</p>`;
  return html`<ul class="lines">${data.requests.map((each) => html`<li key=${each.id}><a href=${link(pathOf("requests", each.id))}><code>${each.id}</code></a>
    <span class="muted"><${PriorityBadge} quiet priority=${each.priority} /> <${Time} at=${each.enqueuedAt} /></span></li>`)}</ul>`;
}

function Breakers({ list }) {
  if (!list?.length) return html`<p class="calm"><${Icon} name="ok" />All closed.</p>`;
  return html`<ul class="lines">${list.map((each) => html`<li key=${each.service}><a href=${link(pathOf("services", each.service))}>${each.service}</a><${StateBadge} state=${each.state} /></li>`)}</ul>`;
}

const labels = (map) => Object.entries(map ?? {}).map(([name, value]) => html`<${Badge} key=${name}>${name}=${value}<//> `);

export default function NodePage({ params }) {
  const { id } = params;
  const live = useLive("nodes");
  const { data: detail } = useResource(`v1/nodes/${encodeURIComponent(id)}`, { every: 5000 });
  const [query, setQuery] = useQuery();
  const range = query.range ?? "15m";
  const listed = live?.nodes.find((each) => each.id === id);
  const node = listed && { ...detail, ...listed };

  const remove = async () => (await removeNode(node)) && go("/nodes");
  useKeys(node ? [
    { keys: "D", label: node.draining ? "Resume this node" : "Drain this node", run: () => turnNode(node) },
    { keys: "X", label: "Remove this node (asks first)", run: remove },
  ] : [], [node?.draining, node?.id]);

  if (!live) return html`<${Page} title=${id} back=${back}><${Loading} rows=${6} /><//>`;
  if (!node) return html`<${Page} title=${id} back=${back}><${Panel}><${Empty} title="No such node" icon="nodes">It is not registered, or was removed.<//><//><//>`;
  const figure = (label, value, tone = "") => html`<div><span>${label}</span><b class=${`num ${tone}`} data-figure=${label}>${value}</b></div>`;
  return html`<${Page} title=${id} back=${back} lead=${html`<span class="badges"><${StateBadge} state=${node.state} />${node.backup && html`<${Badge}>backup<//>`}${labels(node.labels)}</span>`}
      actions=${html`<${Choices} label="Time shown" value=${range} options=${RANGES} onChange=${(value) => setQuery({ range: value === "15m" ? undefined : value })} />
        <${ActionButton} icon=${node.draining ? "play" : "drain"} onClick=${() => turnNode(node)}>${node.draining ? "Resume" : "Drain"}<//>
        <${ActionButton} danger icon="trash" onClick=${remove}>Remove<//>`}>
    <section class="figures" aria-label="Figures of this node">
      ${figure("In flight here", html`${count(node.inFlight)} <small>of ${count(node.limit ?? node.maxConnections)}</small>`)}
      ${figure("CPU", percent(node.report?.cpu), node.report?.cpu > 0.8 ? "bad" : "")}
      ${figure("Memory", percent(node.report?.memory), node.report?.memory > 0.8 ? "bad" : "")}
      ${figure("IO", percent(node.report?.io), node.report?.io > 0.7 ? "bad" : "")}
      ${figure("Latency", duration(node.latencyMs))}
      ${figure("Errors", percent(node.errorRate), node.errorRate > 0.05 ? "bad" : "")}
      ${figure("Health score", count(node.healthScore))}
      ${figure("Served", count(node.served))}
      ${figure("Failed", count(node.failed))}
    </section>
    <${Charts} id=${id} range=${range} />
    <div class="thirds">
      <${Panel} title="What it is"><${Facts} rows=${[
        ["Address", html`<code>${node.url}</code> <${CopyButton} text=${node.url} label="Copy the address" />`],
        ["Services", (node.services ?? []).map((each, i) => html`${i > 0 && ", "}<a key=${each} href=${link(pathOf("services", each))}>${each}</a>`)],
        ["Weight", rate(node.weight)], ["Region", node.region], ["Cores", node.report?.cores && count(node.report.cores)],
        ["Last report", reportAge(node)],
        ["Health check", node.health && [node.health.type, node.health.type === "http" && node.health.path, node.health.intervalMs && `each ${duration(node.health.intervalMs)}`].filter(Boolean).join(" ")],
        ["Load from", node.stats?.url]]} /><//>
      <${Panel} title="Works on" actions=${html`<a href=${link("/requests", { node: id, state: "in-flight" })}>All</a>`}><${Work} id=${id} /><//>
      <div class="stack">
        <${Panel} title="Breakers"><${Breakers} list=${node.breakers} /><//>
        ${detail?.choice?.length > 0 && html`<${Panel} title="What the strategy weighs"><${Standings} choice=${detail.choice} /><//>`}
      </div>
    </div>
  <//>`;
}
