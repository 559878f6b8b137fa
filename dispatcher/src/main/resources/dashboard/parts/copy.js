// Copying that works on plain HTTP too, where navigator.clipboard does not exist (a home network, mostly).
//
//   await copy(text)                      true when it worked
//   <${CopyButton} text=${…} label="Copy id" />      <${Command} text="curl …" />   a line to copy

import { html, useEffect, useRef, useState } from "../lib/html.js";
import { Icon } from "./icon.js";
import { toast } from "./toast.js";

/** The old way, by a selection that execCommand copies. */
function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "offscreen";
  area.setAttribute("readonly", "");
  // inside an open dialog only the dialog's content can be selected
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  const before = document.activeElement;
  area.select();
  let worked = false;
  try {
    worked = document.execCommand("copy");
  } catch {
    // says no: the caller tells
  }
  area.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return worked;
}

export async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // not permitted: the old way may be
    }
  }
  return copyBySelection(text);
}

export function CopyButton({ text, label = "Copy", words = false }) {
  const [copied, setCopied] = useState(false);
  const timer = useRef();
  useEffect(() => () => clearTimeout(timer.current), []);
  async function click(event) {
    event.preventDefault();
    event.stopPropagation();
    if (await copy(typeof text === "function" ? text() : text)) {
      setCopied(true);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => setCopied(false), 1500);
    } else {
      toast("Copying is not possible here: select the text and copy it by hand.", { tone: "bad" });
    }
  }
  return html`<button type="button" class=${words ? "" : "ghost icon-only small"} aria-label=${words ? undefined : label}
      title=${label} onClick=${click}>
    <${Icon} name=${copied ? "ok" : "copy"} size="14" />${words && html`<span>${copied ? "Copied" : label}</span>`}
    <span class="offscreen" role="status">${copied ? "copied" : ""}</span></button>`;
}

export function Command({ text }) {
  return html`<div class="command"><code>${text}</code><${CopyButton} text=${text} label="Copy this command" /></div>`;
}
