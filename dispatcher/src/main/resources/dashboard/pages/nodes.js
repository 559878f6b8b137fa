// Nodes: how each is, what it carries and what it costs to send there; drain and resume.

import { html, useMemo } from "../lib/html.js";
import { count, duration, percent, plural } from "../lib/format.js";
import { useKeys } from "../lib/keys.js";
import { useLive } from "../lib/live.js";
import { link, pathOf, useQuery } from "../lib/router.js";
import { ActionButton, removeNode, turnNode } from "../parts/actions.js";
import { Badge, StateBadge } from "../parts/badge.js";
import { Choices, Empty, Loading, Page, Panel } from "../parts/page.js";
import { Search } from "../parts/search.js";
import { Load, Meter } from "../parts/spark.js";
import { Table } from "../parts/table.js";

export const nodeHref = (node) => link(pathOf("nodes", node.id));
const TROUBLE = ["open", "unhealthy", "half-open", "draining", "unknown", "healthy"];
const KINDS = {
  all: () => true,
  up: (node) => node.state === "healthy",
  trouble: (node) => node.state !== "healthy" && node.state !== "unknown",
};
const report = (node, name) => node.report?.[name] ?? null;

/** Old reports are no longer believed; the table says so. */
export function reportAge(node) {
  return node.report ? `${duration(node.report.ageMs)} old` : "no report";
}

const columns = [
  { key: "id", label: "Node", value: (node) => node.id, cell: (node) => html`<a href=${nodeHref(node)}>${node.id}</a>
      ${node.backup && html` <${Badge} title="Serves only while no other can">backup<//>`}` },
  { key: "state", label: "State", value: (node) => TROUBLE.indexOf(node.state), cell: (node) => html`<${StateBadge} state=${node.state} />` },
  { key: "inFlight", label: "In flight", value: (node) => node.inFlight, title: "Of this replica, and the most it may have",
    cell: (node) => html`<${Load} value=${node.inFlight} most=${node.limit ?? node.maxConnections} />` },
  { key: "cpu", label: "CPU", value: (node) => report(node, "cpu"), cell: (node) => html`<${Meter} value=${report(node, "cpu")} limit=${0.8} title=${reportAge(node)} />` },
  { key: "memory", label: "Memory", value: (node) => report(node, "memory"), cell: (node) => html`<${Meter} value=${report(node, "memory")} limit=${0.8} title=${reportAge(node)} />` },
  { key: "io", label: "IO", value: (node) => report(node, "io"), cell: (node) => html`<${Meter} value=${report(node, "io")} limit=${0.7} title=${reportAge(node)} />` },
  { key: "latencyMs", label: "Latency", end: true, value: (node) => node.latencyMs ?? null, cell: (node) => duration(node.latencyMs) },
  { key: "errorRate", label: "Errors", end: true, value: (node) => node.errorRate ?? null,
    cell: (node) => html`<span class=${node.errorRate > 0.05 ? "tone-bad" : ""}>${percent(node.errorRate)}</span>` },
  { key: "healthScore", label: "Score", end: true, minor: true, title: "0 to 100", value: (node) => node.healthScore ?? null, cell: (node) => count(node.healthScore) },
  { key: "services", label: "Services", wide: true, value: (node) => (node.services ?? []).join(), cell: (node) => html`<span class="sub">${(node.services ?? []).join(", ") || "–"}</span>` },
  { key: "actions", label: "", cell: (node) => html`<${ActionButton} small icon=${node.draining ? "play" : "drain"} onClick=${() => turnNode(node)}>${node.draining ? "Resume" : "Drain"}<//>` },
];

const focused = (nodes) => {
  const key = document.activeElement?.closest?.("tr[data-key]")?.dataset.key;
  return nodes.find((node) => node.id === key);
};

export default function NodesPage() {
  const live = useLive("nodes");
  const [query, setQuery] = useQuery();
  const kind = KINDS[query.show] ? query.show : "all";
  const text = (query.q ?? "").toLowerCase();
  const nodes = live?.nodes ?? [];
  const rows = useMemo(() => nodes.filter((node) => KINDS[kind](node)
    && (!text || [node.id, node.url, ...(node.services ?? []), ...Object.entries(node.labels ?? {}).flat()].join(" ").toLowerCase().includes(text))), [nodes, kind, text]);

  useKeys([
    { keys: "D", label: "Drain or resume the node", run: () => focused(nodes) && turnNode(focused(nodes)) },
    { keys: "X", label: "Remove the node (asks first)", run: () => focused(nodes) && removeNode(focused(nodes)) },
  ], [nodes]);

  if (!live) return html`<${Page} title="Nodes"><${Loading} rows=${6} /><//>`;
  const up = nodes.filter(KINDS.up).length;
  const url = new URL(".", location.href).href.replace(/\/$/, "");
  return html`<${Page} title="Nodes" lead=${`${count(up)} of ${plural(nodes.length, "node")} healthy. In flight, latency and errors are what this replica sees.`}
      actions=${html`<${Search} label="Filter nodes" placeholder="Name, service, label" value=${query.q} onChange=${(q) => setQuery({ q })} />
        <${Choices} label="Which nodes" value=${kind} onChange=${(show) => setQuery({ show: show === "all" ? undefined : show })}
          options=${[["all", "All"], ["up", "Healthy"], ["trouble", "In trouble"]]} />`}>
    <${Panel} flush><${Table} label="Nodes" rows=${rows} rowKey=${(node) => node.id} columns=${columns} sort="state" href=${nodeHref}
      empty=${nodes.length === 0
        ? html`<${Empty} title="No nodes yet" icon="nodes" commands=${[`scripts/yardmaster agent --url ${url} --node-url http://THIS-MACHINE:9000`, `scripts/yardmaster nodes add first http://127.0.0.1:9000 --url ${url}`]}>
            Run the agent on a machine: it registers it and reports its load. Or name one by hand:<//>`
        : html`<${Empty} title="No such nodes" icon="filter">None of ${plural(nodes.length, "node")} fits the filter.
            <button type="button" class="link" onClick=${() => setQuery({ q: undefined, show: undefined })}>Show all</button><//>`} /><//>
  <//>`;
}
