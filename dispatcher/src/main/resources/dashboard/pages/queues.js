// Queues: all of them, worst first; pause, resume and purge one or several.

import { html, useMemo, useState } from "../lib/html.js";
import { count, plural } from "../lib/format.js";
import { useKeys } from "../lib/keys.js";
import { useLive } from "../lib/live.js";
import { useQuery } from "../lib/router.js";
import { ActionButton, SelectionBar, pauseQueues, purgeQueues, resumeQueues, turnQueues } from "../parts/actions.js";
import { Search } from "../parts/search.js";
import { Choices, Empty, Loading, Page, Panel } from "../parts/page.js";
import { QueueTable, queueName } from "../parts/queue-table.js";

const KINDS = {
  all: () => true,
  busy: (row) => row.depth + row.inFlight + row.scheduled > 0,
  paused: (row) => row.paused,
  dead: (row) => row.dead > 0,
};

/** The rows that an action is for: those selected, else the one that has the focus. */
function chosen(queues, selected) {
  const names = selected.size > 0 ? selected : new Set([document.activeElement?.closest?.("tr[data-key]")?.dataset.key]);
  return queues.filter((row) => names.has(queueName(row)));
}

export default function QueuesPage() {
  const overview = useLive("overview");
  const [query, setQuery] = useQuery();
  const [selected, setSelected] = useState(new Set());
  const kind = KINDS[query.show] ? query.show : "all";
  const text = (query.q ?? "").toLowerCase();
  const queues = overview?.queues ?? [];
  const rows = useMemo(() => queues.filter((row) => KINDS[kind](row) && queueName(row).toLowerCase().includes(text)), [queues, kind, text]);
  const picked = queues.filter((row) => selected.has(queueName(row)));
  const clear = () => setSelected(new Set());

  useKeys([
    { keys: "P", label: "Pause or resume", run: () => turnQueues(chosen(queues, selected)) },
    { keys: "X", label: "Purge (asks first)", run: () => chosen(queues, selected).length > 0 && purgeQueues(chosen(queues, selected)) },
  ], [queues, selected]);

  if (!overview) return html`<${Page} title="Queues"><${Loading} rows=${6} /><//>`;
  const waiting = rows.reduce((total, row) => total + row.depth, 0);
  return html`<${Page} title="Queues" lead=${`${plural(rows.length, "queue")}, ${plural(waiting, "request")} waiting. Each service has four, by priority.`}
      actions=${html`<${Search} label="Filter queues" value=${query.q} onChange=${(q) => setQuery({ q })} />
        <${Choices} label="Which queues" value=${kind} onChange=${(show) => setQuery({ show: show === "all" ? undefined : show })}
          options=${[["all", "All"], ["busy", "Busy"], ["paused", "Paused"], ["dead", "With dead"]]} />`}>
    <${SelectionBar} selected=${selected} onClear=${clear}>
      <${ActionButton} small icon="pause" onClick=${() => pauseQueues(picked)}>Pause<//>
      <${ActionButton} small icon="play" onClick=${() => resumeQueues(picked)}>Resume<//>
      <${ActionButton} small danger icon="trash" onClick=${() => purgeQueues(picked)}>Purge ${count(picked.reduce((total, row) => total + row.depth, 0))}<//>
    <//>
    <${Panel} flush>
      <${QueueTable} queues=${rows} selection=${{ selected, change: setSelected }} empty=${queues.length === 0
        ? html`<${Empty} title="No queues yet" icon="queues" commands=${['scripts/yardmaster enqueue --priority high \'{"hello":"world"}\'']}>A queue is there with its first request.<//>`
        : html`<${Empty} title="No such queues" icon="filter">None of ${plural(queues.length, "queue")} fits the filter.
            <button type="button" class="link" onClick=${() => setQuery({ q: undefined, show: undefined })}>Show all</button><//>`} />
    <//>
  <//>`;
}
