// Dead requests: grouped by cause, so that one decision settles a thousand of them; the single ones below.

import { html, useState } from "../lib/html.js";
import { useResource } from "../lib/api.js";
import { count, plural } from "../lib/format.js";
import { useLive } from "../lib/live.js";
import { link, pathOf, useQuery } from "../lib/router.js";
import { Badge, PriorityBadge } from "../parts/badge.js";
import { BulkDialog } from "../parts/bulk.js";
import { Icon } from "../parts/icon.js";
import { Choices, Empty, Loading, Page, Panel, Problem } from "../parts/page.js";
import { Table } from "../parts/table.js";
import { Time } from "../parts/time.js";
import { PRIORITIES } from "../lib/requests-filter.js";
import { causeWords } from "../lib/request-timeline.js";
import { useSearch } from "../lib/search.js";
import { requestColumns } from "./requests.js";

const EVERY_MS = 10_000;

function groupColumns(act, show) {
  return [
    { key: "cause", label: "Cause", wide: true, value: (group) => group.message ?? group.reason, cell: (group) => !group.cause ? html`<div class="cause">Other causes</div>` : html`<div class="cause">
        <button type="button" class="link" onClick=${() => show(group)} title="List these below">${group.message || causeWords(group.reason)}</button>
        <span class="cause-facts">${group.status ? html`<${Badge} tone="bad">HTTP ${group.status}<//>` : html`<${Badge} tone="bad">${causeWords(group.reason)}<//>`}
        ${group.nodes?.length > 0 && html`<span class="soft">at ${group.nodes.slice(0, 3).join(", ")}${group.nodes.length > 3 ? ` and ${group.nodes.length - 3} more` : ""}</span>`}
        ${group.sample && html`<a href=${link(pathOf("requests", group.sample))}>an example</a>`}</span></div>` },
    { key: "queue", label: "Queue", value: (group) => `${group.service}/${group.priority}`, cell: (group) => group.cause && html`<span class="queue-name">${group.service} <${PriorityBadge} priority=${group.priority} quiet /></span>` },
    { key: "count", label: "Count", end: true, value: (group) => group.count, cell: (group) => count(group.count) },
    { key: "lastMs", label: "Last", value: (group) => group.lastMs, cell: (group) => html`<${Time} at=${group.lastMs} />` },
    { key: "firstMs", label: "First", value: (group) => group.firstMs, cell: (group) => html`<${Time} at=${group.firstMs} />` },
    { key: "actions", label: "", cell: (group) => group.cause && html`<button type="button" class="small" onClick=${() => act("retry", group)}><${Icon} name="retry" size="14" />Redrive</button>
        <button type="button" class="small ghost danger-quiet" aria-label=${`Drop these ${group.count}`} title="Drop" onClick=${() => act("drop", group)}><${Icon} name="trash" size="14" /></button>` },
  ];
}

const without = ["node", "state"];
const columns = requestColumns.filter((column) => !without.includes(column.key));

export default function Dead() {
  const [query, setQuery] = useQuery();
  const { service, priority, cause } = query;
  const overview = useLive("overview");
  const groups = useResource("v1/dead/groups", { query: { service, priority }, every: EVERY_MS });
  const [job, setJob] = useState(null);
  const all = groups.data?.groups ?? [];
  const chosen = all.find((group) => group.cause === cause);
  const search = useSearch({ state: ["dead"], service, priority, cause }, false);
  const services = [...new Set((overview?.queues ?? []).filter((queue) => queue.dead > 0).map((queue) => queue.service))].sort();

  const act = (action, group) => setJob({
    action,
    filter: { state: "dead", service: group.service, priority: group.priority, cause: group.cause },
    what: `${plural(group.count, "dead request")} of ${group.service}/${group.priority}`,
  });
  const actAll = (action) => setJob({
    action,
    filter: { state: "dead", ...(service ? { service } : {}), ...(priority ? { priority } : {}), ...(cause ? { cause } : {}) },
    what: cause ? "the dead requests of this cause" : service || priority ? "the dead requests shown" : "all dead requests",
  });
  const reload = () => {
    groups.reload();
    search.reload();
  };
  const nothing = html`<${Empty} title="Nothing is dead" icon="ok">Requests come here when their attempts are used up or a node refuses them for good. They are kept with their reason, and can be sent again.<//>`;

  return html`<${Page} title="Dead" lead="Given up, kept with the reason, grouped by cause. Redrive what was put right."
      actions=${all.length > 0 && html`<button type="button" class="small danger-quiet" onClick=${() => actAll("drop")}><${Icon} name="trash" size="14" />Drop all shown</button>
        <button type="button" class="small primary" onClick=${() => actAll("retry")}><${Icon} name="retry" size="14" />Redrive all shown</button>`}>
    <div class="facets">
      <${Choices} label="Priority" value=${priority ?? ""} options=${[["", "all priorities"], ...PRIORITIES.map((each) => [each, each])]} onChange=${(value) => setQuery({ priority: value, cause: undefined })} />
      ${services.length > 1 && html`<${Choices} label="Service" value=${service ?? ""} options=${[["", "all services"], ...services.slice(0, 8).map((each) => [each, each])]} onChange=${(value) => setQuery({ service: value, cause: undefined })} />`}
    </div>
    <${Problem} error=${groups.error} retry=${groups.reload} />
    ${groups.loading && !groups.data && !groups.error ? html`<${Loading} rows=${4} />` : html`<${Panel} flush><${Table} label="Causes" rows=${all} rowKey=${(group) => `${group.service} ${group.priority} ${group.cause}`}
      columns=${groupColumns(act, (group) => setQuery({ cause: group.cause === cause ? undefined : group.cause }))} sort="-count" keys=${all.length > 0} rowClass=${(group) => (group.cause === cause ? "picked" : "")}
      empty=${!groups.error && nothing} /><//>`}
    ${groups.data && !groups.data.complete && html`<p class="hint">The newest ${count(groups.data.searched)} were looked at; counts of more may be higher.</p>`}
    ${all.length > 0 && html`<${Panel} title=${chosen ? `Requests: ${chosen.message || causeWords(chosen.reason)}` : "Requests, latest first"} flush
        actions=${html`${cause && html`<button type="button" class="link" onClick=${() => setQuery({ cause: undefined })}>All causes</button>`}
          <a href=${link("/requests", { state: "dead", service, priority })}>Filter, select, act on some</a>`}>
      <${Problem} error=${search.error} retry=${search.reload} />
      <${Table} label="Dead requests" rows=${search.rows} rowKey=${(row) => row.id} columns=${columns} keys=${false} page=${100000} sortParam="by"
        href=${(row) => link(pathOf("requests", row.id))} />
      ${search.cursor && html`<div class="more"><button type="button" disabled=${search.loading} onClick=${search.more}>${search.loading ? "Loading …" : "Show more"}</button></div>`}
    <//>`}
    ${job && html`<${BulkDialog} ...${job} onClose=${() => setJob(null)} onDone=${reload} />`}
  <//>`;
}
