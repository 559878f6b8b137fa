// The help: every shortcut that works on this page.

import { html, useState } from "../lib/html.js";
import { shortcuts } from "../lib/keys.js";
import { Dialog } from "./dialog.js";

const Keys = ({ keys }) => html`<span class="keys">${keys.split(" ").map((key) => html`<kbd key=${key}>${key}</kbd>`)}</span>`;

export function HelpDialog({ onClose }) {
  const [all] = useState(shortcuts);
  const group = (title, list) => list.length > 0 && html`<section><h3>${title}</h3><dl class="shortcuts">
    ${list.map((each) => html`<div key=${each.keys}><dt><${Keys} keys=${each.keys} /></dt><dd>${each.label}</dd></div>`)}</dl></section>`;
  const places = all.filter((each) => each.keys.startsWith("g "));
  const dangerous = all.filter((each) => /^[A-Z]$/.test(each.keys));
  const others = all.filter((each) => !places.includes(each) && !dangerous.includes(each));
  return html`<${Dialog} title="Keyboard shortcuts" wide onClose=${onClose}>
    <div class="columns">${group("Here", others)}${group("Go to", places)}${group("Change things (capital letters)", dangerous)}</div>
    <p class="hint">The terminal view (scripts/yardmaster top) has the same keys. Single letters can be switched off in the settings.</p>
  <//>`;
}
