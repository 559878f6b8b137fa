// One queue: its figures, charts, why requests died, what it holds, and how it is served.

import { html } from "../lib/html.js";
import { useResource } from "../lib/api.js";
import { count, duration, percent, plural, rate } from "../lib/format.js";
import { RANGES, useHistory } from "../lib/history.js";
import { useKeys } from "../lib/keys.js";
import { useLive } from "../lib/live.js";
import { link, pathOf, useQuery } from "../lib/router.js";
import { ActionButton, pauseQueues, purgeQueues, resumeQueues, turnQueues } from "../parts/actions.js";
import { Badge, PriorityBadge, StateBadge } from "../parts/badge.js";
import { Chart } from "../parts/chart.js";
import { Command } from "../parts/copy.js";
import { Icon } from "../parts/icon.js";
import { Choices, Empty, Facts, Loading, Page, Panel, Problem } from "../parts/page.js";
import { failedShare } from "../parts/queue-table.js";
import { Time } from "../parts/time.js";

const back = { href: link("/queues"), label: "Queues" };

function Figures({ row, where }) {
  const figure = (label, value, href, tone = "") => html`<${href ? "a" : "div"} href=${href || undefined}><span>${label}</span><b class=${`num ${tone}`} data-figure=${label}>${value}</b><//>`;
  const failing = failedShare(row);
  return html`<section class="figures" aria-label="Figures of this queue">
    ${figure("Waiting", count(row.depth), link("/requests", { ...where, state: "queued" }))}
    ${figure("Oldest wait", row.depth > 0 ? duration(row.oldestMs) : "–")}
    ${figure("In flight", count(row.inFlight), link("/requests", { ...where, state: "in-flight" }))}
    ${figure("Scheduled", count(row.scheduled), link("/requests", { ...where, state: "scheduled" }))}
    ${figure("In / min", rate(row.enqueuedPerMinute))}
    ${figure("Done / min", rate(row.succeededPerMinute))}
    ${figure("Failing", failing === null ? "–" : percent(failing), undefined, failing > 0 ? "bad" : "")}
    ${figure("Dead", count(row.dead), link("/dead", where), row.dead > 0 ? "bad" : "")}
    ${figure("Empty in", row.depth === 0 ? "–" : row.emptyInMs == null ? html`<small>not shrinking</small>` : duration(row.emptyInMs))}
  </section>`;
}

function Charts({ name, range }) {
  const series = ["enqueued", "succeeded", "failed"].map((what) => `rate.${what}:${name}`);
  const { times, values, loading } = useHistory([...series, `depth:${name}`, `oldestMs:${name}`], range);
  const common = { times, loading, sync: "queue", height: 148 };
  return html`<div class="charts">
    <${Chart} ...${common} title="Requests a second" unit="rate" series=${[
      { label: "enqueued", values: values(series[0]), color: "--series-1" }, { label: "succeeded", values: values(series[1]), color: "--series-2" },
      { label: "failed", values: values(series[2]), color: "--series-3", dash: [5, 3] }]} />
    <${Chart} ...${common} title="Waiting" unit="count" series=${[{ label: "waiting", values: values(`depth:${name}`), color: "--series-1", fill: true }]} />
    <${Chart} ...${common} title="Oldest wait" unit="ms" series=${[{ label: "oldest", values: values(`oldestMs:${name}`), color: "--series-4", fill: true }]} />
  </div>`;
}

function Causes({ where }) {
  const { data, error, reload } = useResource("v1/dead/groups", { query: where, every: 15000 });
  if (error && !data) return html`<${Problem} error=${error} retry=${reload} />`;
  if (!data) return html`<${Loading} />`;
  if (data.groups.length === 0) return html`<p class="calm"><${Icon} name="ok" />No dead requests.</p>`;
  return html`<ul class="lines">${data.groups.slice(0, 6).map((group) => html`<li key=${group.cause}>
    <a href=${link("/dead", { ...where, cause: group.cause })}>${group.status ? `${group.status} ` : ""}${group.message || group.reason}</a>
    <span class="muted">${plural(group.count, "request")}, last <${Time} at=${group.lastMs} /></span></li>`)}</ul>`;
}

function Newest({ where }) {
  const { data, error, reload } = useResource("v1/requests", { query: { ...where, limit: 8 }, every: 10000 });
  if (error && !data) return html`<${Problem} error=${error} retry=${reload} />`;
  if (!data) return html`<${Loading} />`;
  if (data.requests.length === 0) return html`<p class="muted">None is kept: settled ones go after their time.</p>`;
  return html`<ul class="lines">${data.requests.map((each) => html`<li key=${each.id}>
    <a href=${link(pathOf("requests", each.id))}><code>${each.id}</code></a><span class="badges"><${StateBadge} state=${each.state} /></span></li>`)}</ul>`;
}

export default function QueuePage({ params }) {
  const { service, priority } = params;
  const where = { service, priority };
  const name = `${service}/${priority}`;
  const overview = useLive("overview");
  const [query, setQuery] = useQuery();
  const range = query.range ?? "15m";
  const row = overview?.queues.find((each) => each.service === service && each.priority === priority);

  useKeys(row ? [
    { keys: "P", label: row.paused ? "Resume this queue" : "Pause this queue", run: () => turnQueues([row]) },
    { keys: "X", label: "Purge this queue (asks first)", run: () => purgeQueues([row]) },
  ] : [], [row]);

  if (!overview) return html`<${Page} title=${name} back=${back}><${Loading} rows=${6} /><//>`;
  if (!row) {
    return html`<${Page} title=${name} back=${back}><${Panel}><${Empty} title="This queue holds nothing" icon="queues">
      There is no queue ${name}: it begins with its first request.<//><//><//>`;
  }
  return html`<${Page} title=${name} back=${back}
      lead=${html`<span class="badges"><${PriorityBadge} priority=${priority} />${row.paused && html`<${Badge} tone="warn" icon="pause">paused: nothing is sent<//>`}</span>`}
      actions=${html`<${Choices} label="Time shown" value=${range} options=${RANGES} onChange=${(value) => setQuery({ range: value === "15m" ? undefined : value })} />
        ${row.paused
          ? html`<${ActionButton} icon="play" onClick=${() => resumeQueues([row])}>Resume<//>`
          : html`<${ActionButton} icon="pause" onClick=${() => pauseQueues([row])}>Pause<//>`}
        <${ActionButton} danger icon="trash" disabled=${row.depth === 0} onClick=${() => purgeQueues([row])}>Purge<//>`}>
    <${Figures} row=${row} where=${where} />
    <${Charts} name=${name} range=${range} />
    <div class="thirds">
      <${Panel} title="Why requests died" actions=${row.dead > 0 && html`<a href=${link("/dead", where)}>All</a>`}><${Causes} where=${where} /><//>
      <${Panel} title="Newest requests" actions=${html`<a href=${link("/requests", where)}>All</a>`}><${Newest} where=${where} /><//>
      <${Panel} title="How it is served" actions=${html`<a href=${link(pathOf("services", service))}>Edit</a>`}>
        <${Facts} rows=${[
          ["Weight", rate(row.weight)], ["Time for one attempt", duration(row.timeoutMs)], ["Retries", count(row.maxRetries)],
          ["Enqueued in all", count(row.enqueued)], ["Succeeded", count(row.succeeded)], ["Failed", count(row.failed)],
          ["Retried", row.retried === undefined ? null : count(row.retried)],
          ["Cancelled", row.cancelled === undefined ? null : count(row.cancelled)], ["Expired", row.expired === undefined ? null : count(row.expired)]]} />
        <div class="commands"><${Command} text=${`scripts/yardmaster ${row.paused ? "resume" : "pause"} ${name}`} /></div>
      <//>
    </div>
  <//>`;
}
