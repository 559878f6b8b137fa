// Dialogs: the browser's own <dialog>, which keeps the focus inside and gives it back.
//
//   if (await confirm({ title: "Purge default/low?", text: "…", action: "Purge", danger: true, count: 480 })) …
//       above 100 the number must be typed, so that a wrong click costs nothing
//   <${Dialog} title="…" onClose=${close}>…<//>      anything else; footer=${html`buttons`}

import { html, useEffect, useId, useRef, useState } from "../lib/html.js";
import { count as grouped } from "../lib/format.js";
import { createStore, useStore } from "../lib/store.js";
import { Icon } from "./icon.js";

const TYPED_ABOVE = 100;
const question = createStore({ asked: null });

export function Dialog({ title, onClose, footer, wide = false, children, onSubmit }) {
  const ref = useRef();
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    const before = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, []);
  const submit = (event) => {
    event.preventDefault();
    onSubmit?.();
  };
  return html`<dialog ref=${ref} class=${wide ? "wide" : ""} aria-labelledby=${id}
      onCancel=${(event) => { event.preventDefault(); onClose(); }}
      onMouseDown=${(event) => event.target === ref.current && onClose()}>
    <form class="dialog" onSubmit=${submit} novalidate>
      <header><h2 id=${id}>${title}</h2>
        <button type="button" class="ghost icon-only" aria-label="Close" onClick=${onClose}><${Icon} name="cross" /></button></header>
      <div class="dialog-body">${children}</div>
      ${footer && html`<footer>${footer}</footer>`}
    </form>
  </dialog>`;
}

/**
 * @param {{title: string, text?: any, action: string, danger?: boolean, count?: number}} what
 * @returns {Promise<boolean>}
 */
export function confirm(what) {
  return new Promise((answer) => {
    question.get().asked?.answer(false);
    question.set({ asked: { ...what, answer } });
  });
}

function Confirm({ asked }) {
  const [typed, setTyped] = useState("");
  const wanted = (asked.count ?? 0) > TYPED_ABOVE ? String(asked.count) : "";
  const ready = !wanted || typed.replace(/[\s,.]/g, "") === wanted;
  const end = (yes) => {
    question.set({ asked: null });
    asked.answer(yes);
  };
  return html`<${Dialog} title=${asked.title} onClose=${() => end(false)} onSubmit=${() => ready && end(true)}
    footer=${html`<button type="button" onClick=${() => end(false)}>Cancel</button>
      <button class=${asked.danger ? "danger" : "primary"} disabled=${!ready}>${asked.action}</button>`}>
    ${asked.text && html`<p>${asked.text}</p>`}
    ${wanted && html`<label class="field"><span>Type <b class="num">${grouped(asked.count)}</b> to go on</span>
      <input inputmode="numeric" autocomplete="off" autofocus value=${typed} onInput=${(event) => setTyped(event.target.value)} /></label>`}
  <//>`;
}

/** Shows the question that confirm() asks; stands once, in the shell. */
export function Questions() {
  const { asked } = useStore(question);
  return asked && html`<${Confirm} key=${asked.title} asked=${asked} />`;
}
