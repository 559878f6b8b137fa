// Services: how each is served. A click edits one.

import { html, useState } from "../lib/html.js";
import { useResource } from "../lib/api.js";
import { count, percent, plural, rate } from "../lib/format.js";
import { useLive } from "../lib/live.js";
import { go, link, pathOf, useQuery } from "../lib/router.js";
import { ActionButton } from "../parts/actions.js";
import { Badge } from "../parts/badge.js";
import { Dialog } from "../parts/dialog.js";
import { Empty, Loading, Page, Panel, Problem } from "../parts/page.js";
import { Search } from "../parts/search.js";
import { Table } from "../parts/table.js";

export const serviceHref = (service) => link(pathOf("services", service.name));

/** "20 each second" of {rate: 20, window: "1s"}; also of windowMs. */
export function limitWords(limit) {
  if (!limit || !limit.rate) return null;
  const window = limit.window ?? `${limit.windowMs ?? 1000}ms`;
  return `${rate(limit.rate)} each ${window === "1000ms" || window === "1s" ? "second" : window}`;
}

/** What was set for this service alone, in short. */
function own(service) {
  const set = Object.keys(service.priorities ?? {});
  return [
    limitWords(service.rateLimit) && `limit ${limitWords(service.rateLimit)}`,
    service.breaker && Object.keys(service.breaker).length > 0 && "breaker",
    set.length > 0 && set.join(", "),
    service.sticky && service.sticky !== "none" && `sticky by ${service.sticky}`,
    Object.keys(service.labels ?? {}).length > 0 && "labels",
    (Object.keys(service.weights ?? {}).length > 0 || service.backups?.length > 0) && "node weights",
  ].filter(Boolean);
}

function columns(waiting) {
  return [
    { key: "name", label: "Service", value: (row) => row.name, cell: (row) => html`<a href=${serviceHref(row)}>${row.name}</a>` },
    { key: "strategy", label: "Strategy", value: (row) => row.strategy, cell: (row) => html`<code>${row.strategy}</code>` },
    { key: "waiting", label: "Waiting", end: true, value: (row) => waiting(row.name), cell: (row) => count(waiting(row.name)) },
    { key: "nodes", label: "Nodes", end: true, value: (row) => row.nodes.length,
      cell: (row) => html`<span class=${row.nodes.length === 0 ? "tone-bad" : ""} title=${row.nodes.join(", ")}>${row.nodes.length === 0 ? "none" : count(row.nodes.length)}</span>` },
    { key: "health", label: "Health", end: true, title: "0 to 100", value: (row) => row.healthScore ?? null, cell: (row) => count(row.healthScore) },
    { key: "own", label: "Set for it alone", wide: true, cell: (row) => html`<span class="badges">${own(row).map((text) => html`<${Badge} key=${text}>${text}<//>`)}
      ${own(row).length === 0 && html`<span class="muted">nothing, all as configured</span>`}</span>` },
  ];
}

function NewService({ onClose }) {
  const [name, setName] = useState("");
  const good = /^[A-Za-z0-9._-]{1,64}$/.test(name);
  return html`<${Dialog} title="Set up a service" onClose=${onClose} onSubmit=${() => { if (good) { onClose(); go(link(pathOf("services", name), { edit: "yes" })); } }}
      footer=${html`<button type="button" onClick=${onClose}>Cancel</button><button class="primary" disabled=${!good}>Go on</button>`}>
    <p>A service is there with its first request or node. Here you say beforehand how it is served.</p>
    <label class="field"><span>Name</span><input autofocus value=${name} spellcheck="false" aria-invalid=${name !== "" && !good} onInput=${(event) => setName(event.target.value)} />
      <small>Letters, digits, dot, dash and underscore; at most 64.</small></label>
  <//>`;
}

export default function ServicesPage() {
  const { data, error, reload } = useResource("v1/services", { every: 5000 });
  const overview = useLive("overview");
  const [query, setQuery] = useQuery();
  const [asking, ask] = useState(false);
  const text = (query.q ?? "").toLowerCase();
  const services = data?.services ?? [];
  const rows = services.filter((service) => service.name.toLowerCase().includes(text));
  const waiting = (name) => (overview?.queues ?? []).reduce((total, row) => total + (row.service === name ? row.depth : 0), 0);
  return html`<${Page} title="Services" lead="Each service has its own queues, nodes, limits and breakers: one that is in trouble holds up no other."
      actions=${html`<${Search} label="Filter services" value=${query.q} onChange=${(q) => setQuery({ q })} />
        <${ActionButton} icon="plus" onClick=${() => ask(true)}>New service<//>`}>
    ${asking && html`<${NewService} onClose=${() => ask(false)} />`}
    <${Problem} error=${error} retry=${reload} />
    ${!data && !error && html`<${Loading} rows=${5} />`}
    ${data && html`<${Panel} flush><${Table} label="Services" rows=${rows} rowKey=${(row) => row.name} columns=${columns(waiting)} sort="name" href=${serviceHref}
      empty=${html`<${Empty} title=${services.length === 0 ? "No services yet" : "No such services"} icon="services">
        ${services.length === 0 ? "A service is there with its first request, its first node, or once it is set up here." : `None of ${plural(services.length, "service")} fits the filter.`}<//>`} /><//>`}
  <//>`;
}
