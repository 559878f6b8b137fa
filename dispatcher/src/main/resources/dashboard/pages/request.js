// One request: where it is and why, what happened to it, what was sent and what came back.

import { Fragment, html, useState } from "../lib/html.js";
import { api, authorization, useResource } from "../lib/api.js";
import { bytes, count, duration, plural } from "../lib/format.js";
import { useKeys } from "../lib/keys.js";
import { asCurl, asRedisCli, lookCurl } from "../lib/request-copies.js";
import { causeWords, timeline } from "../lib/request-timeline.js";
import { go, link, pathOf } from "../lib/router.js";
import { Badge, PriorityBadge, StateBadge } from "../parts/badge.js";
import { Body } from "../parts/body.js";
import { CopyButton, copy } from "../parts/copy.js";
import { Decision } from "../parts/decision.js";
import { confirm } from "../parts/dialog.js";
import { Icon } from "../parts/icon.js";
import { Empty, Facts, Loading, Page, Panel, Problem } from "../parts/page.js";
import { Time, useNow } from "../parts/time.js";
import { Timeline } from "../parts/timeline.js";
import { toast, toastError } from "../parts/toast.js";

const LIVE = ["queued", "scheduled", "in-flight"];
const EVERY_MS = 2000;
const WHOLE = 1 << 20;
const base = () => new URL(".", document.baseURI).href;
const address = (id, more = "") => `v1/requests/${encodeURIComponent(id)}${more}`;
const payloadOf = (id, most) => api.get(address(id, "/payload"), { form: "json", most });

/** Puts a command that sends it again on the clipboard; one that looks at it where the payload is gone. */
async function copyAs(id, form) {
  let text;
  let said = "It can be pasted into a shell.";
  try {
    const payload = await payloadOf(id, WHOLE);
    if (payload.truncated) return toast("The payload is larger than 1 MiB: download it instead.", { tone: "bad" });
    text = form === "curl" ? asCurl(payload, base()) : asRedisCli(payload);
    if (text.startsWith("#")) said = "Header values that let somebody in are left out.";
  } catch (error) {
    if (form !== "curl" || error.status === 0) return toastError(error);
    text = lookCurl(id, base());
    said = "It looks at the request: what was sent is no longer kept, or not for this key.";
  }
  return (await copy(text)) ? toast(`Copied. ${said}`) : toast("Copying is not possible here.", { tone: "bad" });
}

function useActions(request, reload) {
  const id = request?.id ?? "";
  const run = async (question, call, said, after = reload) => {
    if (question && !(await confirm(question))) return;
    try {
      await call();
      toast(said);
      after();
    } catch (error) {
      toastError(error);
      reload();
    }
  };
  return {
    retry: () => run(null, () => api.post(`v1/dead/${encodeURIComponent(id)}/retry`, {}), `${id} is in its queue again.`),
    cancel: () => run(
      { title: "Cancel this request?", text: request.state === "in-flight" ? "It is at a node: the call is broken off." : "It will not be sent.", action: "Cancel the request", danger: true },
      () => api.del(address(id)), `${id} is cancelled.`),
    drop: () => run(
      { title: "Drop this dead request?", text: "Its payload is deleted for good.", action: "Drop it", danger: true },
      () => api.del(`v1/dead/${encodeURIComponent(id)}`), `${id} is dropped.`, () => go("/dead")),
  };
}

function Actions({ request, actions }) {
  const live = LIVE.includes(request.state);
  const dead = request.state === "dead";
  useKeys([
    { keys: "R", label: "Retry it", run: () => dead && actions.retry() },
    { keys: "C", label: "Cancel it", run: () => live && actions.cancel() },
    { keys: "D", label: "Drop it", run: () => dead && actions.drop() },
    { keys: "c", label: "Copy as curl", run: () => copyAs(request.id, "curl") },
  ], [request.id, request.state]);
  return html`<${Fragment}>
    <button type="button" class="small" onClick=${() => copyAs(request.id, "curl")}><${Icon} name="copy" size="14" />Copy as curl</button>
    <button type="button" class="small" onClick=${() => copyAs(request.id, "redis")}><${Icon} name="copy" size="14" />Copy as redis-cli</button>
    ${live && html`<button type="button" class="small danger-quiet" onClick=${actions.cancel}><${Icon} name="stop" size="14" />Cancel</button>`}
    ${dead && html`<button type="button" class="small danger-quiet" onClick=${actions.drop}><${Icon} name="trash" size="14" />Drop</button>
      <button type="button" class="small primary" onClick=${actions.retry}><${Icon} name="retry" size="14" />Retry</button>`}
  <//>`;
}

function Why({ why, error }) {
  if (error) return html`<${Panel} title="Why"><${Problem} error=${error} /><//>`;
  if (!why) return html`<${Panel} title="Why"><${Loading} rows=${1} /><//>`;
  return html`<${Panel} title=${LIVE.includes(why.state) ? "Why it waits" : "Why"}>
    <p class="why-sentence" role="status">${why.sentence}</p>
    ${why.also?.length > 0 && html`<ul class="why-also">${why.also.map((cause) => html`<li key=${cause.reason}><${Badge}>${cause.reason}<//> ${cause.sentence}</li>`)}</ul>`}
  <//>`;
}

/** What the error says beyond the words of its cause. */
const errorOf = ({ error = "", cause }) => (error.startsWith(causeWords(cause)) ? error.slice(causeWords(cause).length).replace(/^: /, "") : error);

function AttemptRow({ attempt, last }) {
  const [open, setOpen] = useState(last);
  const { decision } = attempt;
  const good = attempt.cause === "succeeded";
  return html`<${Fragment}>
    <tr role="row" class="attempt">
      <td role="cell" data-label="Attempt">${attempt.attempt ?? "–"}</td>
      <td role="cell" data-label="Node">${attempt.node ? html`<a href=${link(pathOf("nodes", attempt.node))}>${attempt.node}</a>` : html`<span class="nothing">not on record</span>`}</td>
      <td role="cell" data-label="Sent"><${Time} at=${attempt.at} /></td>
      <td role="cell" data-label="Took" class="end">${attempt.ms === undefined ? "–" : duration(attempt.ms)}</td>
      <td role="cell" data-label="Answer" class="wide wrap">${attempt.status ? html`<${Badge} tone=${good ? "good" : "bad"} icon=${good ? "ok" : "cross"}>HTTP ${attempt.status}<//>` : attempt.cause === undefined ? html`<${Badge} tone="info" icon="play">under way<//>` : html`<${Badge} tone="warn" icon="warn">${causeWords(attempt.cause)}<//>`}
        ${errorOf(attempt) && html` <span class="soft">${errorOf(attempt)}</span>`}</td>
      <td role="cell" class="row-actions">${decision
        ? html`<button type="button" class="small ghost" aria-expanded=${open} onClick=${() => setOpen(!open)}>Why this node<${Icon} name=${open ? "up" : "down"} size="12" /></button>`
        : html`<span class="hint">${attempt.node ? "choice not sampled" : ""}</span>`}</td>
    </tr>
    ${open && decision && html`<tr role="row" class="detail"><td role="cell" colspan="6"><${Decision} decision=${decision} /></td></tr>`}
  <//>`;
}

function Attempts({ attempts }) {
  if (attempts.length === 0) return html`<${Panel} title="Attempts"><p class="hint">It has not been sent yet.</p><//>`;
  return html`<${Panel} title="Attempts" flush><div class="table-frame plain"><table role="table" aria-label="Attempts">
    <thead role="rowgroup"><tr role="row"><th scope="col">No.</th><th scope="col">Node</th><th scope="col">Sent</th><th scope="col" class="end">Took</th><th scope="col">Answer</th><th scope="col"><span class="offscreen">Why</span></th></tr></thead>
    <tbody role="rowgroup">${attempts.map((attempt, i) => html`<${AttemptRow} key=${i} attempt=${attempt} last=${i === attempts.length - 1} />`)}</tbody>
  </table></div><//>`;
}

/** The raw bytes go through fetch, because a link would not carry the key. */
async function download(id) {
  try {
    const response = await fetch(address(id, "/payload"), { headers: authorization(), cache: "no-store" });
    if (!response.ok) throw new Error(`The server answered ${response.status}.`);
    const blob = await response.blob();
    const anchor = document.createElement("a");
    anchor.href = URL.createObjectURL(blob);
    anchor.download = `${id.replaceAll(":", "_")}${blob.type.startsWith("text/") ? ".txt" : ".bin"}`;
    anchor.click();
    setTimeout(() => URL.revokeObjectURL(anchor.href), 10_000);
  } catch (error) {
    toastError(error);
  }
}

const headerRows = (headers) => headers.map(({ name, value }, i) => html`<div key=${i}><dt>${name}</dt><dd>${value}</dd></div>`);

function Payload({ request }) {
  const [payload, setPayload] = useState(null);
  const [error, setError] = useState(null);
  const [loading, setLoading] = useState(false);
  const kept = LIVE.includes(request.state) || request.state === "dead";
  const load = async (most) => {
    setLoading(true);
    try {
      setPayload(await payloadOf(request.id, most));
      setError(null);
    } catch (problem) {
      setError(problem);
    }
    setLoading(false);
  };
  return html`<${Panel} title="What was sent" actions=${payload && html`<button type="button" class="small ghost" onClick=${() => download(request.id)}>Download</button>`}>
    <${Problem} error=${error} />
    ${!kept && html`<p class="hint">A payload is kept until its request ends. This one has ended.</p>`}
    ${kept && !payload && html`<button type="button" class="small" disabled=${loading} onClick=${() => load(4096)}>${loading ? "Loading …" : "Show the payload"}</button>
      <span class="hint"> It may hold what is not for every eye in the room.</span>`}
    ${payload && html`<p><code class="call">${payload.method} ${payload.path}</code></p>
      ${payload.headers.length > 0 && html`<details><summary>${plural(payload.headers.length, "header")}</summary><dl class="facts headers">${headerRows(payload.headers)}</dl></details>`}
      <${Body} body=${payload} size=${payload.size} onMore=${() => load(payload.size > 65_536 && (payload.body ?? payload.bodyBase64).length >= 60_000 ? WHOLE : 65_536)} />`}
  <//>`;
}

const flat = (headers) => Object.entries(headers ?? {}).flatMap(([name, value]) => [value].flat().map((each) => ({ name, value: String(each) })));

function Answer({ response }) {
  const [open, setOpen] = useState(false);
  if (!response) return null;
  const size = response.bodyBase64 ? Math.floor(response.bodyBase64.length * 3 / 4) : new Blob([response.body ?? ""]).size;
  const headers = flat(response.headers);
  return html`<${Panel} title="What came back" actions=${html`<${Badge} tone=${response.status < 300 ? "good" : "bad"}>HTTP ${response.status}<//>`}>
    ${headers.length > 0 && html`<details><summary>${plural(headers.length, "header")}</summary><dl class="facts headers">${headerRows(headers)}</dl></details>`}
    ${open ? html`<${Body} body=${response} size=${size} />`
      : html`<button type="button" class="small" onClick=${() => setOpen(true)}>Show the answer (${bytes(size)}${response.truncated ? ", cut" : ""})</button>`}
  <//>`;
}

export default function Request({ params: { id } }) {
  const [live, setLive] = useState(true);
  const every = live ? EVERY_MS : 0;
  const request = useResource(address(id), { every });
  const why = useResource(address(id, "/why"), { every });
  const now = useNow();
  const { data } = request;
  const running = !data || LIVE.includes(data.state);
  if (running !== live) setLive(running);
  const reload = () => {
    setLive(true);
    request.reload();
    why.reload();
  };
  const actions = useActions(data, reload);
  const back = { href: link("/requests"), label: "Requests" };
  if (!data) {
    const gone = request.error?.status === 404;
    return html`<${Page} title=${id} back=${back}>
      ${gone ? html`<${Empty} title="Not known here" icon="search">No request has this id, or its outcome is no longer kept (yardmaster.outcome.ttl).<//>`
        : request.error ? html`<${Problem} error=${request.error} retry=${reload} />` : html`<${Loading} rows=${8} />`}<//>`;
  }
  const attempts = why.data?.attempts ?? data.history ?? [];
  return html`<${Page} title=${data.id} back=${back} actions=${html`<${Actions} request=${data} actions=${actions} />`}>
    <${Problem} error=${request.error} retry=${reload} />
    <div class="request-head"><${StateBadge} state=${data.state} /><${PriorityBadge} priority=${data.priority} />
      <a href=${link(pathOf("queues", data.service, data.priority))}>${data.service}/${data.priority}</a><${CopyButton} text=${data.id} label="Copy the id" /></div>
    ${data.error && html`<div class="problem quiet"><${Icon} name="skull" /><p><b>${data.state === "dead" ? "given up" : data.state}:</b> ${data.error.message}</p></div>`}
    <div class="facts-row"><${Facts} rows=${[
      ["Position", data.position ? count(data.position) : data.state === "queued" ? "behind more than 1,000" : null],
      ["Attempts", count(data.attempts)],
      ["Node", data.node && html`<a href=${link(pathOf("nodes", data.node))}>${data.node}</a>`],
      ["Enqueued", html`<${Time} at=${data.enqueuedAt} />`],
      ["Due", data.dueAt && html`<${Time} at=${data.dueAt} />`],
      ["Ended", data.settledAt && html`<${Time} at=${data.settledAt} />`],
    ]} /></div>
    <${Why} why=${why.data} error=${why.data ? null : why.error} />
    <${Panel} title="Timeline"><${Timeline} steps=${timeline(data, why.data, now)} /><//>
    <${Attempts} attempts=${attempts} />
    <div class="split"><${Payload} key=${data.state === "dead"} request=${data} /><${Answer} response=${data.response} /></div>
  <//>`;
}
