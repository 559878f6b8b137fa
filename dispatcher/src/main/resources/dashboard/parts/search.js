// A search field that "/" focuses. What is typed goes to the page a moment later, so that each letter is no new search.

import { html, useEffect, useRef, useState } from "../lib/html.js";
import { Icon } from "./icon.js";

const PAUSE_MS = 200;

/** @param {{label: string, value?: string, onChange: (text: string | undefined) => void, placeholder?: string}} props */
export function Search({ label, value = "", onChange, placeholder }) {
  const [typed, setTyped] = useState(value);
  const timer = useRef();
  useEffect(() => setTyped(value), [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const type = (text) => {
    setTyped(text);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => onChange(text.trim() || undefined), PAUSE_MS);
  };
  return html`<span class="search"><${Icon} name="search" size="14" />
    <input type="search" data-search aria-label=${label} placeholder=${placeholder ?? label} value=${typed} spellcheck="false" autocomplete="off"
      onInput=${(event) => type(event.target.value)} /></span>`;
}
