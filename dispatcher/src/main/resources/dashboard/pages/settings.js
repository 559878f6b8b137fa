// Settings and about: what this browser likes, what the server runs with, whether the installation is sound.

import { html, useMemo } from "../lib/html.js";
import { session, setKey, useResource } from "../lib/api.js";
import { count, duration, plural } from "../lib/format.js";
import { useLive } from "../lib/live.js";
import { setPref, usePrefs } from "../lib/prefs.js";
import { useQuery } from "../lib/router.js";
import { useStore } from "../lib/store.js";
import { ActionButton } from "../parts/actions.js";
import { Badge } from "../parts/badge.js";
import { Icon } from "../parts/icon.js";
import { Choices, Empty, Facts, Loading, Page, Panel, Problem } from "../parts/page.js";
import { Search } from "../parts/search.js";
import { Table } from "../parts/table.js";

function Preferences() {
  const prefs = usePrefs();
  const { key } = useStore(session);
  const row = (name, label, options) => html`<div class="preference"><span id=${`pref-${name}`}>${label}</span>
    <${Choices} label=${label} value=${prefs[name]} options=${options} onChange=${(value) => setPref(name, value)} /></div>`;
  return html`<${Panel} title="This browser" class="preferences">
    ${row("theme", "Theme", [["auto", "As the system"], ["light", "Light"], ["dark", "Dark"]])}
    ${row("density", "Rows", [["cosy", "Cosy"], ["compact", "Compact"]])}
    ${row("time", "Times", [["relative", "Relative"], ["absolute", "Absolute"]])}
    ${row("zone", "Time zone", [["local", "Local"], ["utc", "UTC"]])}
    ${row("shortcuts", "Single-letter shortcuts", [["on", "On"], ["off", "Off"]])}
    <div class="preference"><span>API key</span>${key
      ? html`<${ActionButton} small icon="cross" onClick=${() => setKey("")}>Forget the key of this tab<//>`
      : html`<button type="button" class="small" onClick=${() => session.set({ needed: "Give the key to use in this tab." })}>Enter a key</button>`}</div>
  <//>`;
}

const LEVELS = { ok: ["good", "ok"], warn: ["warn", "warn"], fail: ["bad", "cross"] };

function Finding({ check, level, found, why, fix }) {
  const [tone, icon] = LEVELS[level] ?? ["plain", "question"];
  return html`<li><p class="finding"><${Badge} tone=${tone} icon=${icon}>${level}<//><b>${check}</b></p><p>${found}</p>
    ${level !== "ok" && html`<p class="muted">${why}</p>`}${fix && html`<p><b>What to do:</b> ${fix}</p>`}</li>`;
}

function Doctor() {
  const { data, error, loading, reload } = useResource("v1/doctor");
  const order = ["fail", "warn", "ok"];
  const findings = [...(data?.findings ?? [])].sort((a, b) => order.indexOf(a.level) - order.indexOf(b.level));
  const bad = findings.filter((each) => each.level !== "ok");
  const fine = findings.filter((each) => each.level === "ok");
  return html`<${Panel} title="Doctor" lead="Whether this installation keeps its promises, as this replica sees it."
      actions=${html`<${ActionButton} small icon="retry" disabled=${loading} onClick=${reload}>${loading ? "Looking …" : "Look again"}<//>`}>
    <${Problem} error=${error} retry=${reload} />
    ${!data && !error && html`<${Loading} />`}
    ${bad.length > 0 && html`<ul class="findings">${bad.map((each) => html`<${Finding} key=${each.check} ...${each} />`)}</ul>`}
    ${fine.length > 0 && html`<details class="fine"><summary><${Icon} name="ok" />${bad.length === 0 ? "All" : "The other"} ${plural(fine.length, "check is", "checks are")} fine</summary>
      <ul class="findings">${fine.map((each) => html`<${Finding} key=${each.check} ...${each} />`)}</ul></details>`}
  <//>`;
}

function Audit() {
  const { data, error, reload } = useResource("v1/audit", { every: 20000 });
  const shards = data?.shards ?? [];
  const repairs = shards.flatMap((shard) => Object.entries(shard.repairs ?? {}).map(([kind, n]) => ({ shard: shard.shard, kind, n })));
  return html`<${Panel} title="Audit" lead="What the last passes over Redis found, and mended.">
    <${Problem} error=${error} retry=${reload} />
    ${!data && !error && html`<${Loading} />`}
    ${data && (repairs.length === 0
      ? html`<p class="calm"><${Icon} name="ok" />Nothing to mend.</p>`
      : html`<ul class="lines">${repairs.map((each) => html`<li key=${each.shard + each.kind}><span>${each.kind}</span><span class="tone-warn">${plural(each.n, "time")} in shard ${each.shard}</span></li>`)}</ul>`)}
    ${shards.length > 0 && html`<${Facts} rows=${shards.map((shard) => [`Shard ${shard.shard}`,
      `pass ${count(shard.pass)}: ${count(shard.keys)} keys, ${count(shard.tickets)} tickets in ${duration(shard.tookMs)}${shard.complete ? "" : `, part ${shard.part} of ${shard.parts}`}`])} />`}
  <//>`;
}

const columns = [
  { key: "key", label: "Setting", value: (row) => row.key, cell: (row) => html`<code>${row.key}</code>` },
  { key: "value", label: "Value", wide: true, cell: (row) => html`<span class="setting-value">${String(row.value ?? "") || html`<span class="nothing">–</span>`}</span>` },
  { key: "origin", label: "From", value: (row) => row.origin, cell: (row) => (row.origin === "default" ? html`<span class="muted">default</span>` : html`<${Badge} tone="info">${row.origin}<//>`) },
  { key: "default", label: "Default", wide: true, cell: (row) => html`<span class="muted setting-value">${row.origin === "default" ? "" : String(row.default ?? "–")}</span>` },
];

function Effective() {
  const { data, error, reload } = useResource("v1/settings");
  const [query, setQuery] = useQuery();
  const text = (query.q ?? "").toLowerCase();
  const show = query.show === "set" ? "set" : "all";
  const all = data?.settings ?? [];
  const rows = useMemo(() => all.filter((row) => (show === "all" || row.origin !== "default") && `${row.key} ${row.value}`.toLowerCase().includes(text)), [all, show, text]);
  return html`<${Panel} flush title="What this replica runs with" actions=${html`<${Search} label="Filter settings" value=${query.q} onChange=${(q) => setQuery({ q })} />
      <${Choices} label="Which settings" value=${show} onChange=${(value) => setQuery({ show: value === "all" ? undefined : value })} options=${[["all", "All"], ["set", "Set by you"]]} />`}>
    ${error && html`<div class="padded"><${Problem} error=${error} retry=${reload} /></div>`}
    ${!data && !error && html`<div class="padded"><${Loading} rows=${6} /></div>`}
    ${data && html`<${Table} label="Settings" rows=${rows} rowKey=${(row) => row.key} columns=${columns} page=${60}
      empty=${html`<${Empty} title="No such settings" icon="filter">${show === "set" ? "Everything that fits runs with its default." : "None fits the filter."}<//>`} />`}
  <//>`;
}

function About() {
  const overview = useLive("overview");
  const { data: health } = useResource("health");
  return html`<${Panel} title="About">
    <${Facts} rows=${[["Yardmaster", overview?.version ?? health?.version], ["Replica", overview?.replica ?? health?.replica], ["Durability", overview?.durability ?? health?.durability],
      ["Up for", overview && duration(Math.floor(overview.uptimeMs / 1000) * 1000)], ["Redis", health?.redis],
      ["API", html`<a href="openapi.yml">openapi.yml</a>, <a href="health">health</a>, <a href="prometheus">prometheus</a>`],
      ["Code of others", "Preact (MIT), htm (Apache 2.0), uPlot (MIT)"]]} />
  <//>`;
}

export default function SettingsPage() {
  return html`<${Page} title="Settings" lead="What you like, what the server runs with, and whether it is sound.">
    <div class="split"><div class="stack"><${Preferences} /><${About} /></div><div class="stack"><${Doctor} /><${Audit} /></div></div>
    <${Effective} />
  <//>`;
}
