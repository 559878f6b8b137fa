// A body as text: JSON laid out, bytes as a hex dump, the rest as it is; 4 KiB at first.
//
//   <${Body} body=${{ body | bodyBase64, truncated }} size=${bytes or null} onMore=${() => …} />

import { html, useState } from "../lib/html.js";
import { bytes } from "../lib/format.js";
import { shown } from "../lib/exact-text.js";
import { CopyButton } from "./copy.js";

const PREVIEW = 4096;
const FORMS = { json: "JSON, numbers exactly as sent", text: "Text", hex: "Bytes", empty: "" };

/** The beginning of a body: characters of text, bytes of base64. */
function beginning(body, most) {
  if (body.bodyBase64) {
    const cut = Math.ceil(most / 3) * 4;
    return body.bodyBase64.length > cut ? { bodyBase64: body.bodyBase64.slice(0, cut), truncated: true } : body;
  }
  return (body.body ?? "").length > most ? { body: body.body.slice(0, most), truncated: true } : body;
}

export function Body({ body, size = null, onMore }) {
  const [most, setMost] = useState(PREVIEW);
  const part = beginning(body, most);
  const { form, text } = shown(part);
  const held = part !== body; // there is more of it here already
  const more = held ? () => setMost((now) => now * 16) : body.truncated && onMore;
  if (form === "empty" && !body.truncated) return html`<p class="hint">It is empty.</p>`;
  return html`<div class="body-view">
    <div class="body-head"><span class="hint">${FORMS[form]}${size !== null && `, ${bytes(size)}`}${part.truncated && ", the beginning of it"}</span>
      <${CopyButton} text=${() => text} label="Copy what is shown" /></div>
    <pre tabindex="0" class=${`body ${form}`} data-scroll>${text}</pre>
    ${more && html`<button type="button" class="small" onClick=${more}>Show more</button>`}
    ${body.truncated && !held && !onMore && html`<p class="hint">Only this much of it was kept (yardmaster.outcome.max-body).</p>`}
  </div>`;
}
