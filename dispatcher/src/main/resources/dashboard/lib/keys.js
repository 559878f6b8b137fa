// Shortcuts. A page says which it has with useKeys; the newest that knows a key gets it.
//
//   useKeys([{ keys: "j", label: "Next row", run: () => … }, { keys: "g q", label: "Queues", run: … }], [what they depend on])
//
// Letters work only while no field has the focus and no dialog is open; they can be switched off in the settings.

import { useEffect } from "./html.js";
import { prefs } from "./prefs.js";

const scopes = [];
const SEQUENCE_MS = 1200;
let pending = "";
let pendingAt = 0;

/** @param {{keys: string, label: string, run: (event: KeyboardEvent) => void}[]} list */
export function useKeys(list, depends = []) {
  useEffect(() => {
    scopes.push(list);
    return () => scopes.splice(scopes.indexOf(list), 1);
  }, depends);
}

/** All shortcuts in force, the newest of each; for the help. */
export function shortcuts() {
  const seen = new Map();
  for (const scope of [...scopes].reverse()) {
    for (const entry of scope) if (!seen.has(entry.keys)) seen.set(entry.keys, entry);
  }
  return [...seen.values()];
}

const isField = (element) =>
  element instanceof HTMLElement
  && (element.isContentEditable || /^(input|textarea|select)$/i.test(element.tagName))
  && !/^(checkbox|radio|button|submit)$/i.test(element.type ?? "");

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  const target = event.target;
  if (event.key === "Escape" && isField(target) && !target.closest("dialog")) {
    target.blur();
    return;
  }
  if (isField(target) || document.querySelector("dialog[open]") || prefs.get().shortcuts === "off") return;
  if (event.key === "Enter" && target instanceof HTMLElement && target.closest("a, button, summary")) return;
  const now = Date.now();
  const sequence = pending && now - pendingAt < SEQUENCE_MS ? `${pending} ${event.key}` : "";
  pending = "";
  const all = shortcuts();
  const entry = (sequence && all.find((each) => each.keys === sequence)) || all.find((each) => each.keys === event.key);
  if (entry) {
    event.preventDefault();
    entry.run(event);
  } else if (all.some((each) => each.keys.startsWith(`${event.key} `))) {
    pending = event.key;
    pendingAt = now;
  }
}

document.addEventListener("keydown", onKey);
