// Replicas: the dispatchers that work on this Redis, and how this one is.

import { html } from "../lib/html.js";
import { useResource } from "../lib/api.js";
import { count, duration, plural } from "../lib/format.js";
import { Badge } from "../parts/badge.js";
import { Empty, Facts, Loading, Page, Panel, Problem } from "../parts/page.js";
import { Table } from "../parts/table.js";
import { Time, useNow } from "../parts/time.js";

const SILENT_MS = 10000;

function Uptime({ since }) {
  return html`${duration(Math.floor(Math.max(0, useNow() - since) / 1000) * 1000)}`;
}

function Seen({ row }) {
  const silent = useNow() - row.lastSeenMs > SILENT_MS;
  return silent ? html`<${Badge} tone="bad" icon="cross">silent since <${Time} at=${row.lastSeenMs} /><//>` : html`<${Badge} tone="good" icon="ok">alive<//>`;
}

const columns = [
  { key: "id", label: "Replica", value: (row) => row.id, cell: (row) => html`<span class="badges"><b>${row.id}</b>${row.self && html`<${Badge} tone="info">answers you<//>`}</span>` },
  { key: "seen", label: "State", value: (row) => row.lastSeenMs, cell: (row) => html`<${Seen} row=${row} />` },
  { key: "inFlight", label: "In flight", end: true, value: (row) => row.inFlight, cell: (row) => count(row.inFlight) },
  { key: "version", label: "Version", value: (row) => row.version, cell: (row) => row.version },
  { key: "started", label: "Up for", end: true, value: (row) => row.startedAtMs, cell: (row) => html`<${Uptime} since=${row.startedAtMs} />` },
];

export default function ReplicasPage() {
  const { data, error, reload } = useResource("v1/replicas", { every: 3000 });
  const { data: health } = useResource("health", { every: 5000 });
  const rows = data?.replicas ?? [];
  const versions = new Set(rows.map((row) => row.version));
  return html`<${Page} title="Replicas" lead=${rows.length === 1
      ? "One replica works on this Redis. A second one would go on with its work within seconds, should it fail."
      : `${plural(rows.length, "replica")} share the work through Redis. Any of them may be stopped: the others take its requests over within the lease.`}>
    <${Problem} error=${error} retry=${reload} />
    ${versions.size > 1 && html`<p class="notice">Replicas of ${versions.size} versions run: finish the rolling update before you use what only the newer one has.</p>`}
    ${!data && !error && html`<${Loading} />`}
    ${data && html`<${Panel} flush><${Table} label="Replicas" rows=${rows} rowKey=${(row) => row.id} columns=${columns} sort="id"
      empty=${html`<${Empty} title="No replica tells of itself" icon="replicas">Not even this one: Redis may be away.<//>`} /><//>`}
    ${health && html`<${Panel} title="The one that answers you"><${Facts} rows=${[
      ["Name", health.replica], ["Health", html`<${Badge} tone=${health.status === "UP" ? "good" : "bad"} icon=${health.status === "UP" ? "ok" : "cross"}>${health.status}<//>`],
      ["Redis", html`<code>${health.redis}</code> ${health.redisStatus}`], ["Trouble", health.redisTrouble], ["Durability", health.durability],
      ["Enqueues refused", health.enqueueRefused], ["Shards", health.shards && `${health.shardsInUse} of ${health.shards} in use${health.shardsAway?.length ? `, away: ${health.shardsAway.join(", ")}` : ""}`],
      ...Object.entries(health.redisSettings ?? {}).filter(([, value]) => value !== "" && value !== null).map(([name, value]) => [html`<code>${name}</code>`, String(value)])]} /><//>`}
  <//>`;
}
