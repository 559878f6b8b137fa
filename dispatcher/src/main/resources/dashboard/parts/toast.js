// Short messages at the edge of the page; screen readers hear them, errors at once.
//
//   toast("2 requests retried")     toast("Not allowed: …", { tone: "bad" })
//   const done = toast("Retrying …", { stays: true }); done("12 of 40"); done()   one that changes, and goes

import { html } from "../lib/html.js";
import { createStore, useStore } from "../lib/store.js";
import { Icon } from "./icon.js";

const SHOWN_MS = 6000;
const MOST = 4;
const toasts = createStore([]);
let next = 1;

const drop = (id) => toasts.set((all) => all.filter((each) => each.id !== id));

/** @returns {(text?: string) => void} changes the text, or without one ends it */
export function toast(text, { tone = "good", stays = false, action } = {}) {
  const id = next++;
  toasts.set((all) => [...all, { id, text, tone, action }].slice(-MOST));
  if (!stays) setTimeout(() => drop(id), tone === "bad" ? SHOWN_MS * 2 : SHOWN_MS);
  return (changed) => {
    if (changed === undefined) drop(id);
    else toasts.set((all) => all.map((each) => (each.id === id ? { ...each, text: changed } : each)));
  };
}

/** For catch(): what went wrong, in words. */
export const toastError = (error) => toast(error.message, { tone: "bad" });

export function Toasts() {
  const all = useStore(toasts);
  const shown = (bad) => all.filter((each) => (each.tone === "bad") === bad).map((each) => html`
    <div class=${`toast ${each.tone}`} key=${each.id}>
      <${Icon} name=${each.tone === "bad" ? "warn" : "ok"} />
      <span>${each.text}</span>
      ${each.action && html`<button class="link" onClick=${() => { drop(each.id); each.action.run(); }}>${each.action.label}</button>`}
      <button class="ghost icon-only" aria-label="Close this message" onClick=${() => drop(each.id)}><${Icon} name="cross" /></button>
    </div>`);
  return html`<div class="toasts">
    <div role="status" aria-live="polite">${shown(false)}</div>
    <div role="alert">${shown(true)}</div>
  </div>`;
}
