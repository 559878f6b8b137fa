// Why an attempt went to its node: the candidates with the terms of their cost, and who was left out.
//
//   <${Decision} decision=${attempt.decision} />

import { classes, html } from "../lib/html.js";
import { count, plural } from "../lib/format.js";

/** A term as people read it. */
export const termFigure = (value) =>
  typeof value === "number" ? (Number.isInteger(value) && Math.abs(value) < 1e6 ? count(value) : String(Number(value.toPrecision(3)))) : "∞";
export const termWords = (term) => term.replaceAll("_", " ").replace(/([a-z])([A-Z])/g, (_, a, b) => `${a} ${b.toLowerCase()}`);

export function Decision({ decision }) {
  const { candidates, leftOut = [], strategy, note, candidateCount } = decision;
  const terms = Object.keys(candidates[0]?.terms ?? {});
  const hidden = candidateCount - candidates.length;
  return html`<div class="decision">
    <p>Strategy <b>${strategy}</b>, ${plural(candidateCount, "candidate")}${note && `; ${note}`}. ${terms.length > 0 && html`The last column was compared.`}</p>
    <div class="table-frame plain" data-scroll tabindex="0" role="region" aria-label="Terms of the choice"><table class="terms">
      <thead><tr><th scope="col">Node</th>${terms.map((term) => html`<th scope="col" class="end" key=${term}>${termWords(term)}</th>`)}</tr></thead>
      <tbody>${candidates.map((candidate) => html`<tr key=${candidate.node} class=${classes(candidate.chosen && "chosen")}>
        <th scope="row">${candidate.node}${candidate.chosen && html` <span class="badge good">chosen</span>`}</th>
        ${terms.map((term) => html`<td class="end num" key=${term}>${termFigure(candidate.terms[term])}</td>`)}</tr>`)}</tbody></table></div>
    ${hidden > 0 && html`<p class="hint">${plural(hidden, "further candidate")} with higher figures ${hidden === 1 ? "is" : "are"} not on record.</p>`}
    ${leftOut.length > 0 && html`<ul class="left-out">${leftOut.map((group) => html`<li key=${group.reason}>
      <b>${group.nodes.join(", ")}${group.count > group.nodes.length ? ` and ${group.count - group.nodes.length} more` : ""}</b>: ${group.reason}</li>`)}</ul>`}
  </div>`;
}
