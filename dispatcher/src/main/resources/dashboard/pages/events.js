// Events: what changed, newest first, as it happens. Filtered here; older ones are loaded on demand.

import { html, useEffect, useMemo, useState } from "../lib/html.js";
import { api } from "../lib/api.js";
import { EVENT_TYPES, eventPath, eventWords } from "../lib/event-words.js";
import { plural } from "../lib/format.js";
import { useEvents } from "../lib/live.js";
import { link, pathOf, useQuery } from "../lib/router.js";
import { ActionButton } from "../parts/actions.js";
import { Badge } from "../parts/badge.js";
import { CopyButton } from "../parts/copy.js";
import { Empty, Loading, Page, Panel, Problem } from "../parts/page.js";
import { Search } from "../parts/search.js";
import { Time } from "../parts/time.js";

const MOST = 1000;
const STEP = 100;

/** Newest first, none twice, bounded. */
export function merge(known, more) {
  const byId = new Map();
  for (const event of [...more, ...known]) if (!byId.has(event.id)) byId.set(event.id, event);
  return [...byId.values()].sort((a, b) => Date.parse(b.timestamp) - Date.parse(a.timestamp)).slice(0, MOST);
}

function useEventList() {
  const [state, setState] = useState({ events: [], before: null, error: null, loading: true });
  async function load(before) {
    setState((now) => ({ ...now, loading: true, error: null }));
    try {
      const page = await api.get("v1/events", { format: "json", limit: STEP, before });
      setState((now) => ({ events: merge(now.events, page.events), before: page.before, error: null, loading: false }));
    } catch (error) {
      setState((now) => ({ ...now, error, loading: false }));
    }
  }
  useEffect(() => {
    load();
  }, []);
  const add = (more) => setState((now) => ({ ...now, events: merge(now.events, more) }));
  return { ...state, older: () => load(state.before), again: () => load(), add };
}

function Line({ event, fresh }) {
  const { tone, icon, text } = eventWords(event);
  const path = eventPath(event);
  return html`<li class=${fresh ? "event fresh" : "event"} data-event=${event.event_type}>
    <span class="event-time"><${Time} at=${event.timestamp} /></span>
    <${Badge} tone=${tone} icon=${icon}>${event.event_type.replaceAll("_", " ")}<//>
    <span class="event-text">${path ? html`<a href=${link(pathOf(...path))}>${text}</a>` : text}</span>
    <span class="muted event-source" title="The replica that tells it">${event.source}</span></li>`;
}

export default function EventsPage() {
  const list = useEventList();
  const [query, setQuery] = useQuery();
  const [held, setHeld] = useState(false);
  const [missed, setMissed] = useState([]);
  const type = EVENT_TYPES.includes(query.type) ? query.type : "";
  const text = (query.q ?? "").toLowerCase();
  const figures = type === "figures" || query.figures === "yes";

  useEvents((event) => (held ? setMissed((now) => [event, ...now].slice(0, MOST)) : list.add([event])));
  const release = () => {
    setHeld(false);
    list.add(missed);
    setMissed([]);
  };

  const shown = useMemo(() => list.events.filter((event) =>
    (type ? event.event_type === type : figures || event.event_type !== "figures")
    && (!text || `${eventWords(event).text} ${event.event_type} ${event.source} ${JSON.stringify(event.event_data)}`.toLowerCase().includes(text))),
  [list.events, type, text, figures]);

  return html`<${Page} title="Events" lead="What changed, on all replicas. The newest 1,000 stay here."
      actions=${html`<${Search} label="Filter events" value=${query.q} onChange=${(q) => setQuery({ q })} />
        <select aria-label="Kind of event" value=${type} onChange=${(event) => setQuery({ type: event.target.value })}>
          <option value="">All kinds</option>${EVENT_TYPES.map((each) => html`<option key=${each} value=${each}>${each.replaceAll("_", " ")}</option>`)}</select>
        ${held
          ? html`<${ActionButton} icon="play" onClick=${release}>Go on${missed.length > 0 ? ` (${missed.length} new)` : ""}<//>`
          : html`<${ActionButton} icon="pause" onClick=${() => setHeld(true)}>Hold<//>`}
        <${CopyButton} words label="Copy as JSONL" text=${() => shown.map((event) => JSON.stringify(event)).join("\n")} />`}>
    <${Problem} error=${list.error} retry=${list.again} />
    <${Panel} flush>
      ${shown.length === 0 && (list.loading
        ? html`<div class="padded"><${Loading} rows=${6} /></div>`
        : html`<${Empty} title="No events" icon="events">${list.events.length > 0 ? "None fits the filter." : "Nothing has changed since Redis began: nodes, breakers, queues and replicas will tell here."}<//>`)}
      <ul class="events">${shown.map((event) => html`<${Line} key=${event.id} event=${event} />`)}</ul>
      ${list.before && list.events.length < MOST && html`<div class="more"><button type="button" onClick=${list.older} disabled=${list.loading}>Show older</button><span>${plural(shown.length, "event")} shown</span></div>`}
    <//>
  <//>`;
}
