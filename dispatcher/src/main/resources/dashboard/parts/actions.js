// What operators do to queues and nodes: asked where it matters, told when done, shown at once.

import { api } from "../lib/api.js";
import { plural } from "../lib/format.js";
import { refresh } from "../lib/live.js";
import { html } from "../lib/html.js";
import { confirm } from "./dialog.js";
import { Icon } from "./icon.js";
import { toast, toastError } from "./toast.js";

const part = encodeURIComponent;
const queuePath = (row) => `v1/queues/${part(row.service)}/${part(row.priority)}`;
const nameOf = (row) => `${row.service}/${row.priority}`;
const several = (rows, one, many) => (rows.length === 1 ? one(rows[0]) : `${rows.length} ${many}`);

/** Does it for each, goes on after a failure, and says what happened. */
async function each(rows, run, done, topic, undo) {
  const worked = [];
  let failure = null;
  for (const row of rows) {
    try {
      await run(row);
      worked.push(row);
    } catch (error) {
      failure = error;
    }
  }
  if (worked.length > 0) toast(done(worked), { action: undo && { label: "Undo", run: () => undo(worked) } });
  if (failure) toastError(failure);
  await refresh(topic);
  return worked;
}

export const pauseQueues = (rows) => each(rows, (row) => api.post(`${queuePath(row)}/pause`),
  (done) => `${several(done, nameOf, "queues")} paused`, "overview", resumeQueues);

export const resumeQueues = (rows) => each(rows, (row) => api.post(`${queuePath(row)}/resume`),
  (done) => `${several(done, nameOf, "queues")} resumed`, "overview");

/** Pauses all that run; when none does, resumes all. */
export const turnQueues = (rows) => {
  const running = rows.filter((row) => !row.paused);
  return running.length > 0 ? pauseQueues(running) : resumeQueues(rows);
};

export async function purgeQueues(rows) {
  const waiting = rows.reduce((total, row) => total + row.depth, 0);
  const sure = await confirm({
    title: `Purge ${several(rows, nameOf, "queues")}?`,
    text: `${plural(waiting, "waiting request")} will be deleted for good, as of now. Requests in flight and dead ones stay.`,
    action: "Purge", danger: true, count: waiting,
  });
  if (!sure) return;
  let purged = 0;
  await each(rows, async (row) => {
    purged += (await api.del(queuePath(row))).purged;
  }, () => `${plural(purged, "request")} purged`, "overview");
}

const nodePath = (node) => `v1/nodes/${part(node.id)}`;

export const drainNodes = (rows) => each(rows, (node) => api.post(`${nodePath(node)}/drain`),
  (done) => `${several(done, (node) => node.id, "nodes")} draining: no new requests, those in flight end`, "nodes", resumeNodes);

export const resumeNodes = (rows) => each(rows, (node) => api.post(`${nodePath(node)}/resume`),
  (done) => `${several(done, (node) => node.id, "nodes")} back in service`, "nodes");

export const turnNode = (node) => (node.draining ? resumeNodes([node]) : drainNodes([node]));

export async function removeNode(node) {
  const sure = await confirm({
    title: `Remove node ${node.id}?`,
    text: node.inFlight > 0
      ? `${plural(node.inFlight, "request")} of this replica are in flight there. They end; new ones go elsewhere. An agent that runs on it registers it again.`
      : "It gets no more requests. An agent that runs on it registers it again.",
    action: "Remove", danger: true,
  });
  return sure && (await each([node], () => api.del(nodePath(node)), () => `${node.id} removed`, "nodes")).length > 0;
}

export function ActionButton({ icon, onClick, danger = false, small = false, title, disabled, children }) {
  return html`<button type="button" class=${`${danger ? "danger" : ""} ${small ? "small" : ""}`} title=${title} disabled=${disabled} onClick=${onClick}>
    <${Icon} name=${icon} size="14" /><span>${children}</span></button>`;
}

/** The bar that stands above a table while rows are selected. */
export function SelectionBar({ selected, onClear, children }) {
  if (selected.size === 0) return null;
  return html`<div class="selection-bar" role="region" aria-label="Selected rows"><b>${selected.size} selected</b>
    <div class="actions">${children}<button type="button" class="link" onClick=${onClear}>Clear</button></div></div>`;
}
