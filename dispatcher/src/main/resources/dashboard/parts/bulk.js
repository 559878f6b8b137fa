// An action on many requests: counted first, then done, with its progress in a toast that can stop it.
//
//   <${BulkDialog} action="retry" filter=${{ state: "dead", … }} what="dead requests of mail" onClose=${() => …}
//       onDone=${reload} />

import { html, useEffect, useState } from "../lib/html.js";
import { api } from "../lib/api.js";
import { ACTIONS, runBulk } from "../lib/bulk.js";
import { count, plural } from "../lib/format.js";
import { Dialog } from "./dialog.js";
import { Problem } from "./page.js";
import { toast } from "./toast.js";

const TYPED_ABOVE = 100;
const post = (signal) => (body) => api.post("v1/requests/bulk", body, { signal, timeoutMs: 60_000 });

/** Does it, and tells how it goes. */
async function perform(action, filter, total) {
  const { doing, done } = ACTIONS[action];
  const stop = new AbortController();
  const change = toast(`${doing} ${count(total)} …`, { stays: true, action: { label: "Stop", run: () => stop.abort() } });
  try {
    const sum = await runBulk(post(), { action, filter }, {
      signal: stop.signal,
      onProgress: (now) => change(`${doing}: ${count(now.done + now.failed)} of ${count(total)}`),
    });
    const failed = sum.failed ? `; ${plural(sum.failed, "request")} had changed meanwhile` : "";
    toast(`${plural(sum.done, "request")} ${done}${sum.complete ? "" : ", then stopped"}${failed}.`, { tone: sum.failed && !sum.done ? "bad" : "good" });
  } catch (error) {
    toast(`${doing} ended early: ${error.message}`, { tone: "bad" });
  } finally {
    change();
  }
}

export function BulkDialog({ action, filter, what, onClose, onDone }) {
  const { word, danger, done } = ACTIONS[action];
  const [seen, setSeen] = useState({ matching: 0, searched: 0, complete: false });
  const [error, setError] = useState(null);
  const [typed, setTyped] = useState("");

  useEffect(() => {
    const stop = new AbortController();
    runBulk(post(stop.signal), { action, filter, dryRun: true }, { signal: stop.signal, onProgress: setSeen })
      .catch((problem) => !stop.signal.aborted && setError(problem));
    return () => stop.abort();
  }, []);

  const typing = seen.matching > TYPED_ABOVE && danger;
  const ready = seen.complete && seen.matching > 0 && (!typing || typed.replace(/[\s,.]/g, "") === String(seen.matching));
  const submit = () => {
    if (!ready) return;
    onClose();
    perform(action, filter, seen.matching).then(onDone);
  };
  return html`<${Dialog} title=${`${word} ${what}`} onClose=${onClose} onSubmit=${submit}
      footer=${html`<button type="button" onClick=${onClose}>Keep as they are</button>
        <button class=${danger ? "danger" : "primary"} disabled=${!ready}>${word}${seen.complete ? ` ${count(seen.matching)}` : ""}</button>`}>
    <${Problem} error=${error} />
    ${!error && html`<p role="status">${seen.complete
      ? seen.matching === 0 ? `There is none that could be ${done} now.` : html`<b>${plural(seen.matching, "request")}</b> will be ${done}.`
      : `Counting … ${count(seen.matching)} so far, ${count(seen.searched)} looked at.`}</p>`}
    ${action === "cancel" && html`<p class="hint">Those in flight are broken off: the call to their node is ended.</p>`}
    ${action === "drop" && html`<p class="hint">Their payloads are deleted for good.</p>`}
    ${action === "retry" && html`<p class="hint">Each gets all its attempts again and goes to the end of its queue.</p>`}
    ${seen.complete && typing && html`<label class="field"><span>Type <b class="num">${count(seen.matching)}</b> to go on</span>
      <input inputmode="numeric" autocomplete="off" autofocus value=${typed} onInput=${(event) => setTyped(event.target.value)} /></label>`}
  <//>`;
}
