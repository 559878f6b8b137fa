// The frame of a page and its usual states.
//
//   <${Page} title="Queues" lead="…" actions=${html`<button>…</button>`} back=${{ href, label }}>…<//>
//   <${Panel} title="…" actions=${…}>…<//>          a box with a heading
//   <${Problem} error=${error} retry=${reload} />    what went wrong and what can be done
//   <${Loading} />   <${Empty} title="…" commands=${["curl …"]}>why it is empty<//>
//   <${Facts} rows=${[["Address", value], …]} />     a list of names and values; null values are left out
//   <${Choices} label="Range" value=${v} options=${[["15m", "15 min"], …]} onChange=${set} />

import { html, useEffect } from "../lib/html.js";
import { Command } from "./copy.js";
import { Icon } from "./icon.js";

export function Page({ title, lead, actions, back, children }) {
  useEffect(() => {
    document.title = `${title} · Yardmaster`;
  }, [title]);
  return html`<div class="page">
    <header class="page-head">
      <div>
        ${back && html`<a class="back" href=${back.href}><${Icon} name="left" size="14" />${back.label}</a>`}
        <h1 tabindex="-1">${title}</h1>
        ${lead && html`<p class="lead">${lead}</p>`}
      </div>
      ${actions && html`<div class="actions">${actions}</div>`}
    </header>
    ${children}
  </div>`;
}

export function Panel({ title, actions, lead, flush = false, children, class: name = "" }) {
  return html`<section class=${`panel ${flush ? "flush" : ""} ${name}`}>
    ${(title || actions) && html`<header class="panel-head"><h2>${title}</h2>${actions && html`<div class="actions">${actions}</div>`}</header>`}
    ${lead && html`<p class="panel-lead">${lead}</p>`}
    ${children}
  </section>`;
}

export function Problem({ error, retry }) {
  if (!error) return null;
  return html`<div class="problem" role="alert"><${Icon} name="warn" />
    <div><p>${error.message}</p>
      ${error.errors?.length > 0 && html`<ul>${error.errors.map((each) => html`<li><code>${each.field}</code> ${each.message}</li>`)}</ul>`}
    </div>
    ${retry && html`<button class="small" onClick=${retry}>Try again</button>`}
  </div>`;
}

export function Loading({ rows = 3 }) {
  return html`<div class="loading" role="status"><span class="offscreen">Loading …</span>
    ${Array.from({ length: rows }, (_, i) => html`<div class="bone" key=${i} aria-hidden="true"></div>`)}</div>`;
}

export function Empty({ title, icon = "ok", commands = [], children }) {
  return html`<div class="empty"><div class="empty-icon"><${Icon} name=${icon} size="20" /></div>
    <h3>${title}</h3><p>${children}</p>
    ${commands.length > 0 && html`<div class="commands">${commands.map((text) => html`<${Command} key=${text} text=${text} />`)}</div>`}</div>`;
}

export function Facts({ rows }) {
  return html`<dl class="facts">${rows.filter(([, value]) => value !== null && value !== undefined && value !== "")
    .map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

export function Choices({ label, value, options, onChange }) {
  return html`<div class="choices" role="group" aria-label=${label}>${options.map(([each, text]) => html`
    <button type="button" key=${each} aria-pressed=${each === value} onClick=${() => onChange(each)}>${text}</button>`)}</div>`;
}
