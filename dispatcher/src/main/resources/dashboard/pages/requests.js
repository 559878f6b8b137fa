// Requests: found by a filter that stands in the URL, selected, and retried, cancelled or dropped in bulk.

import { classes, html, useEffect, useMemo, useState } from "../lib/html.js";
import { useResource } from "../lib/api.js";
import { ACTIONS, statesFor } from "../lib/bulk.js";
import { count, plural } from "../lib/format.js";
import { useKeys } from "../lib/keys.js";
import { useLive } from "../lib/live.js";
import { PRIORITIES, STATES, format, parse, toBulk, toggleState } from "../lib/requests-filter.js";
import { link, pathOf, useQuery } from "../lib/router.js";
import { PAGE, useSearch } from "../lib/search.js";
import { PriorityBadge, StateBadge } from "../parts/badge.js";
import { BulkDialog } from "../parts/bulk.js";
import { FilterBar } from "../parts/filter-bar.js";
import { Icon } from "../parts/icon.js";
import { Empty, Loading, Page, Panel, Problem } from "../parts/page.js";
import { Table } from "../parts/table.js";
import { Time } from "../parts/time.js";

const REASONS = ["status", "timeout", "broken-connection", "lease-lost", "unsendable"];
const FIELDS = ["state", "service", "priority", "node", "id", "reason"];

/** The text of the filter: `q`, or what other pages link to by field. */
export function textOf(query) {
  const fields = FIELDS.filter((name) => query[name]).map((name) => `${name}:${query[name]}`);
  return [query.q, ...fields].filter(Boolean).join(" ");
}

export const requestColumns = [
  { key: "id", label: "Request", wide: true, cell: (row) => html`<a class="id" href=${link(pathOf("requests", row.id))}>${row.id}</a>` },
  { key: "state", label: "State", cell: (row) => html`<${StateBadge} state=${row.state} />` },
  { key: "age", label: "Enqueued", cell: (row) => html`<${Time} at=${row.enqueuedAt} />` },
  { key: "queue", label: "Queue", wide: true, cell: (row) => html`<span class="queue-name">${row.service} <${PriorityBadge} priority=${row.priority} quiet /></span>` },
  { key: "call", label: "Call", wide: true, cell: (row) => html`<code class="call" title=${`${row.method} ${row.path}`}>${row.method} ${row.path}</code>` },
  { key: "attempts", label: "Attempts", end: true, cell: (row) => count(row.attempts) },
  { key: "node", label: "Node", cell: (row) => (row.node ? html`<a href=${link(pathOf("nodes", row.node))}>${row.node}</a>` : html`<span class="nothing">–</span>`) },
  { key: "reason", label: "Because", wide: true, cell: (row) => row.dueMs ? html`due <${Time} at=${row.dueMs} />` : row.reason ?? html`<span class="nothing">–</span>` },
];

/** How many there are in each state, of the queues that the filter means; only states that are counted. */
function countsOf(overview, filter) {
  const sums = {};
  for (const queue of overview?.queues ?? []) {
    if (filter.service && queue.service !== filter.service) continue;
    if (filter.priority && queue.priority !== filter.priority) continue;
    for (const [state, field] of [["queued", "depth"], ["scheduled", "scheduled"], ["in-flight", "inFlight"], ["dead", "dead"]]) {
      sums[state] = (sums[state] ?? 0) + (queue[field] ?? 0);
    }
  }
  return sums;
}

function Facets({ filter, overview, apply }) {
  const sums = countsOf(overview, filter);
  const services = [...new Set((overview?.queues ?? []).map((queue) => queue.service))].sort();
  const chip = (key, pressed, change, children) => html`<button type="button" key=${key} class=${classes("chip", pressed && "on")}
    aria-pressed=${pressed} onClick=${() => apply(format(change))}>${children}</button>`;
  const one = (name, value) => ({ ...filter, [name]: filter[name] === value ? undefined : value });
  return html`<div class="facets">
    <div role="group" aria-label="State"><span class="facet-name" aria-hidden="true">State</span>${STATES.map((state) =>
      chip(state, Boolean(filter.state?.includes(state)), toggleState(filter, state),
        html`${state}${sums[state] !== undefined && html` <span class="num">${count(sums[state])}</span>`}`))}</div>
    <div role="group" aria-label="Priority"><span class="facet-name" aria-hidden="true">Priority</span>${PRIORITIES.map((priority) =>
      chip(priority, filter.priority === priority, one("priority", priority), html`<${PriorityBadge} priority=${priority} quiet />`))}</div>
    ${services.length > 1 && html`<div role="group" aria-label="Service"><span class="facet-name" aria-hidden="true">Service</span>${services.slice(0, 12).map((service) =>
      chip(service, filter.service === service, one("service", service), service))}</div>`}
  </div>`;
}

/** What is selected, and what can be done with it. */
function SelectionBar({ picked, rows, all, filter, setAll, clear, act, more }) {
  const states = all ? filter.state ?? [] : [...new Set(rows.filter((row) => picked.has(row.id)).map((row) => row.state))];
  const possible = Object.keys(ACTIONS).filter((action) => statesFor(action, states).length > 0);
  useKeys([
    { keys: "R", label: "Retry the selected", run: () => possible.includes("retry") && act("retry") },
    { keys: "C", label: "Cancel the selected", run: () => possible.includes("cancel") && act("cancel") },
    { keys: "D", label: "Drop the selected", run: () => possible.includes("drop") && act("drop") },
  ], [possible.join(), act]);
  const icons = { retry: "retry", cancel: "stop", drop: "trash" };
  return html`<div class="selection" role="region" aria-label="Selected requests">
    <p role="status">${all ? html`<b>All</b> that match are selected` : html`<b>${count(picked.size)}</b> selected`}</p>
    ${!all && more && html`<button type="button" class="link" onClick=${() => setAll(true)}>Select all that match</button>`}
    <button type="button" class="link" onClick=${clear}>Clear</button>
    <span class="spacer"></span>
    ${possible.map((action) => html`<button type="button" key=${action} class=${classes("small", ACTIONS[action].danger && "danger-quiet")} onClick=${() => act(action)}>
      <${Icon} name=${icons[action]} size="14" />${ACTIONS[action].word}</button>`)}
    ${possible.length === 0 && html`<span class="hint">These have ended: nothing is left to do.</span>`}
  </div>`;
}

export default function Requests() {
  const [query, setQuery] = useQuery();
  const text = textOf(query);
  const { filter, errors } = useMemo(() => parse(text), [text]);
  const overview = useLive("overview");
  const nodes = useResource("v1/nodes");
  const [picked, setPicked] = useState(new Set());
  const [all, setAll] = useState(false);
  const [job, setJob] = useState(null);
  const search = useSearch(errors.length ? null : filter, picked.size > 0 || all);

  const clear = () => {
    setPicked(new Set());
    setAll(false);
  };
  useEffect(clear, [text]);
  const apply = (next) => setQuery({ q: next, ...Object.fromEntries(FIELDS.map((name) => [name, undefined])) }, { push: true });

  const facts = {
    service: (overview?.queues ?? []).map((queue) => queue.service),
    node: (nodes.data?.nodes ?? []).map((node) => node.id),
    reason: [...REASONS, ...search.rows.map((row) => row.reason).filter(Boolean)],
  };
  const act = (action) => {
    const wanted = all
      ? { ...toBulk(filter), state: statesFor(action, filter.state).join(",") }
      : { ids: [...picked] };
    const what = all ? (text ? `all that match ${text}` : "all requests") : plural(picked.size, "selected request");
    setJob({ action, filter: wanted, what });
  };
  const everything = search.complete && search.rows.length > 0 && search.rows.every((row) => picked.has(row.id));

  return html`<${Page} title="Requests" lead="Find by state, queue, node, age, reason or id; select; act on many at once."
      actions=${html`<button type="button" class="small" onClick=${search.reload}><${Icon} name="retry" size="14" />Refresh</button>`}>
    <${FilterBar} text=${text} errors=${errors} facts=${facts} onApply=${apply} />
    <${Facets} filter=${filter} overview=${overview} apply=${apply} />
    <${Problem} error=${search.error} retry=${search.reload} />
    ${(picked.size > 0 || all) && html`<${SelectionBar} picked=${picked} rows=${search.rows} all=${all} filter=${filter} setAll=${setAll} clear=${clear} act=${act} more=${!everything} />`}
    ${errors.length === 0 && (search.loading && search.rows.length === 0 && !search.error
      ? html`<${Loading} rows=${8} />`
      : html`<${Panel} flush>
        <${Table} label="Requests" rows=${search.rows} rowKey=${(row) => row.id} columns=${requestColumns} page=${100000}
          href=${(row) => link(pathOf("requests", row.id))}
          selection=${{ selected: all ? new Set(search.rows.map((row) => row.id)) : picked, change: (set) => { setAll(false); setPicked(set); } }}
          empty=${!search.error && html`<${Nothing} text=${text} search=${search} />`} />
        <${Footer} search=${search} />
      <//>`)}
    ${job && html`<${BulkDialog} ...${job} onClose=${() => setJob(null)} onDone=${() => { clear(); search.reload(); }} />`}
  <//>`;
}

function Nothing({ text, search }) {
  if (!search.complete) {
    return html`<${Empty} title="Nothing found so far" icon="search">${plural(search.searched, "request")} searched. There are more to look at.<//>`;
  }
  return text
    ? html`<${Empty} title="No request matches" icon="search">Every request there is was looked at. Ended ones are forgotten after a while (yardmaster.outcome.ttl).<//>`
    : html`<${Empty} title="No request yet" icon="requests" commands=${[`curl -sS ${new URL("v1/requests", document.baseURI)} -H 'Content-Type: application/json' -d '{"body":{"n":1}}'`, "scripts/yardmaster enqueue '{\"n\":1}'"]}>Send the first one:<//>`;
}

function Footer({ search }) {
  const { rows, searched, complete, loading, cursor } = search;
  return html`<div class="more" role="group" aria-label="Pages">
    ${cursor && html`<button type="button" disabled=${loading} onClick=${search.more}>${loading ? "Searching …" : rows.length === 0 || searched > rows.length * 20 ? "Search on" : `Show ${PAGE} more`}</button>`}
    <span role="status">${plural(rows.length, "request")} shown${searched > rows.length ? `, ${count(searched)} searched` : ""}${complete && rows.length > 0 ? "; that is all" : ""}</span></div>`;
}
