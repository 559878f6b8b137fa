// One service: how it is served, all of it editable. Saving is PUT /v1/services/{name}, which replaces the whole.

import { html, useEffect, useMemo, useState } from "../lib/html.js";
import { api, useResource } from "../lib/api.js";
import { count } from "../lib/format.js";
import { useLive } from "../lib/live.js";
import { go, link, pathOf, useQuery } from "../lib/router.js";
import { BREAKER_FIELDS, PRIORITY_FIELDS, STICKY, STRATEGIES, formOf, serviceOf } from "../lib/service-form.js";
import { ActionButton } from "../parts/actions.js";
import { PRIORITIES, PriorityBadge, StateBadge } from "../parts/badge.js";
import { confirm } from "../parts/dialog.js";
import { Loading, Page, Panel, Problem } from "../parts/page.js";
import { QueueTable } from "../parts/queue-table.js";
import { toast, toastError } from "../parts/toast.js";

const back = { href: link("/services"), label: "Services" };
const BREAKER_LABELS = {
  errorThreshold: ["Opens at errors of (0–1)", "0.5"], minRequests: ["Least requests", "10"], windowMs: ["Window (ms)", "10000"],
  resetTimeoutMs: ["Open for (ms)", "30000"], halfOpenRequests: ["Half-open trials", "3"], consecutiveFailures: ["Failures in a row", "off"],
};
const PRIORITY_LABELS = { weight: "Weight", timeoutMs: "Attempt (ms)", maxRetries: "Retries", reserve: "Reserve (0–1)" };
const STRATEGY_WORDS = {
  adaptive: "lowest cost: load, learnt speed, errors", resource_based: "by reports of CPU, memory and IO", weighted_response: "by response times, as weights",
  least_response_time: "the quickest so far", least_connections: "the fewest in flight", power_of_two: "the better of two at random",
  round_robin: "one after the other", weighted_round_robin: "one after the other, by weight", random: "at random, by weight",
  ip_hash: "by the client's address", consistent_hash: "by affinity key, bounded", geographic: "the nearest region",
};

function Field({ label, fault, hint, ...input }) {
  return html`<label class="field"><span>${label}</span>
    <input ...${input} inputmode=${input.inputmode ?? "decimal"} autocomplete="off" spellcheck="false" aria-invalid=${fault ? "true" : undefined} />
    ${fault ? html`<span class="fault" role="alert">${fault}</span>` : hint && html`<small>${hint}</small>`}</label>`;
}

function Form({ name, service, exists, onSaved }) {
  const first = useMemo(() => formOf(service), [service]);
  const [form, setForm] = useState(first);
  const [faults, setFaults] = useState({});
  const [busy, setBusy] = useState(false);
  const changed = JSON.stringify(form) !== JSON.stringify(first);
  const set = (patch) => setForm((now) => ({ ...now, ...patch }));
  const setPart = (part, field, value) => setForm((now) => ({ ...now, [part]: { ...now[part], [field]: value } }));
  const setPriority = (priority, field, value) => setForm((now) => ({ ...now, priorities: { ...now.priorities, [priority]: { ...now.priorities[priority], [field]: value } } }));

  // an unsaved form must not be lost by a slip
  useEffect(() => {
    if (!changed) return undefined;
    const warn = (event) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [changed]);

  async function save(event) {
    event.preventDefault();
    const made = serviceOf(form);
    setFaults(made.faults);
    if (Object.keys(made.faults).length > 0) return;
    setBusy(true);
    try {
      const saved = await api.put(`v1/services/${encodeURIComponent(name)}`, made.service);
      toast(`${name} saved: it holds for the next request on every replica`);
      onSaved(saved);
    } catch (error) {
      setFaults(Object.fromEntries(error.errors.map((each) => [each.field, each.message])));
      toastError(error);
    } finally {
      setBusy(false);
    }
  }

  async function remove() {
    const sure = await confirm({ title: `Forget what was set for ${name}?`, text: "It is served as configured for all services again. Its queues and nodes stay.", action: "Forget", danger: true });
    if (!sure) return;
    try {
      await api.del(`v1/services/${encodeURIComponent(name)}`);
      toast(`${name}: settings forgotten`);
      go("/services");
    } catch (error) {
      toastError(error);
    }
  }

  return html`<form class="stack" onSubmit=${save} novalidate>
    <div class="split">
      <${Panel} title="Choice of a node">
        <div class="form-grid">
          <label class="field"><span>Strategy</span><select value=${form.strategy} onChange=${(event) => set({ strategy: event.target.value })}>
            <option value="">as configured for all</option>${STRATEGIES.map((each) => html`<option key=${each} value=${each}>${each}</option>`)}</select>
            <small>${STRATEGY_WORDS[form.strategy] ?? "yardmaster.strategy.default"}</small></label>
          <label class="field"><span>Sticky</span><select value=${form.sticky} onChange=${(event) => set({ sticky: event.target.value })}>
            ${STICKY.map((each) => html`<option key=${each} value=${each}>${each}</option>`)}</select><small>what keeps a caller at one node</small></label>
        </div>
        <div class="form-grid gap-top">
          <label class="field"><span>Labels needed</span><textarea rows="2" placeholder="gpu=true" value=${form.labels} onInput=${(event) => set({ labels: event.target.value })}></textarea>${faults.labels && html`<span class="fault">${faults.labels}</span>`}</label>
          <label class="field"><span>Node weights here</span><textarea rows="2" placeholder="nuc=2" value=${form.weights} onInput=${(event) => set({ weights: event.target.value })}></textarea>${faults.weights && html`<span class="fault">${faults.weights}</span>`}</label>
          <label class="field"><span>Backup nodes here</span><textarea rows="2" placeholder="old-desktop" value=${form.backups} onInput=${(event) => set({ backups: event.target.value })}></textarea>${faults.backups && html`<span class="fault">${faults.backups}</span>`}</label>
        </div>
      <//>
      <${Panel} title="Limits">
        <div class="form-grid">
          <${Field} label="Requests" placeholder="no limit" value=${form.rate} fault=${faults["rateLimit.rate"]} onInput=${(event) => set({ rate: event.target.value })} />
          <${Field} label="Each" inputmode="text" placeholder="1s" value=${form.window} fault=${faults["rateLimit.window"]} onInput=${(event) => set({ window: event.target.value })} />
          <${Field} label="Windows' worth at once" placeholder="2" value=${form.burst} fault=${faults["rateLimit.burstMultiplier"]} onInput=${(event) => set({ burst: event.target.value })} />
        </div>
        <h3 class="gap-top">Breaker, of each of its nodes</h3>
        <div class="form-grid">${BREAKER_FIELDS.map((field) => html`<${Field} key=${field} label=${BREAKER_LABELS[field][0]} placeholder=${BREAKER_LABELS[field][1]} value=${form.breaker[field]}
          fault=${faults[`breaker.${field}`]} onInput=${(event) => setPart("breaker", field, event.target.value)} />`)}</div>
      <//>
    </div>
    <${Panel} title="Priorities" lead="Empty fields are as configured for all services.">
      <div class="priority-grid">${PRIORITIES.map((priority) => html`<fieldset key=${priority}><legend><${PriorityBadge} priority=${priority} /></legend>
        ${PRIORITY_FIELDS.map((field) => html`<${Field} key=${field} label=${PRIORITY_LABELS[field]} value=${form.priorities[priority][field]}
          fault=${faults[`priorities.${priority}.${field}`]} onInput=${(event) => setPriority(priority, field, event.target.value)} />`)}</fieldset>`)}</div>
    <//>
    <div class=${changed ? "form-foot changed" : "form-foot"}>
      <button class="primary" disabled=${!changed || busy}>${busy ? "Saving …" : "Save"}</button>
      <button type="button" disabled=${!changed || busy} onClick=${() => { setForm(first); setFaults({}); }}>Undo changes</button>
      ${exists && html`<${ActionButton} danger icon="trash" onClick=${remove}>Forget these settings<//>`}
    </div>
  </form>`;
}

export default function ServicePage({ params }) {
  const { name } = params;
  const { data, error, reload } = useResource(`v1/services/${encodeURIComponent(name)}`);
  const overview = useLive("overview");
  const nodes = useLive("nodes");
  const [query] = useQuery();
  const fresh = error?.status === 404;
  const queues = (overview?.queues ?? []).filter((row) => row.service === name);
  const own = (nodes?.nodes ?? []).filter((node) => node.services?.includes(name));
  const empty = useMemo(() => ({ name, priorities: {}, sticky: "none" }), [name]);
  return html`<${Page} title=${name} back=${back} lead=${data ? html`Health ${count(data.healthScore)} of 100, strategy <code>${data.strategy}</code>.` : fresh ? "Nothing is set for it yet." : ""}>
    ${error && !fresh && html`<${Problem} error=${error} retry=${reload} />`}
    ${!data && !error && html`<${Loading} rows=${6} />`}
    ${queues.length > 0 && html`<${Panel} flush title="Queues"><${QueueTable} queues=${queues} brief /><//>`}
    ${own.length > 0 && html`<${Panel} title="Nodes"><ul class="chips">${own.map((node) => html`<li key=${node.id}><a href=${link(pathOf("nodes", node.id))}>${node.id}</a><${StateBadge} state=${node.state} /></li>`)}</ul><//>`}
    ${(data || fresh) && html`<${Form} key=${query.edit ?? JSON.stringify(data)} name=${name} service=${data ?? empty} exists=${Boolean(data)} onSaved=${reload} />`}
  <//>`;
}
