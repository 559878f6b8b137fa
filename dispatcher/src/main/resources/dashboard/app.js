// The status page: reads queues, nodes and health once a second while it is visible.
// Addresses are relative, so that it works below a sub-path; everything is written as text, never as markup.

const EVERY_MS = 1000;
const TIMEOUT_MS = 5000;
const PRIORITIES = ["critical", "high", "normal", "low"];
const KEY = "yardmaster-key";

const byId = (id) => document.getElementById(id);
let before = new Map();
let beforeAt = 0;
let timer;
let running = false;

async function read(path) {
  const key = sessionStorage.getItem(KEY);
  const response = await fetch(path, {
    headers: { Accept: "application/json", ...(key ? { Authorization: `Bearer ${key}` } : {}) },
    cache: "no-store",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status === 401 || response.status === 403) {
    throw Object.assign(new Error("an API key with the role reader is needed"), { login: true });
  }
  // An unhealthy dispatcher answers /health with 503 and its reasons: worth showing.
  if (!response.ok && path !== "health") {
    throw new Error(`${path}: HTTP ${response.status}`);
  }
  return response.json();
}

function element(name, text, kind) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = String(text);
  if (kind) made.className = kind;
  return made;
}

const number = (value) => element("td", Number(value ?? 0).toLocaleString("en"), "number");

export function duration(ms) {
  if (!(ms > 0)) return "–";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const s = ms / 1000;
  if (s < 60) return `${s.toFixed(1)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${Math.floor(s % 60)} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

const done = (queue) => Number(queue.succeeded ?? 0) + Number(queue.failed ?? 0);
const name = (queue) => `${queue.service}/${queue.priority}`;

// Settled requests a second since the last look; 0 at first and after a restart of the counters.
function rate(queue, now) {
  const last = before.get(name(queue));
  return last === undefined || now <= beforeAt ? 0 : Math.max(0, (done(queue) - last) / ((now - beforeAt) / 1000));
}

function showQueues(queues, now) {
  const order = (queue) => PRIORITIES.indexOf(queue.priority);
  const rows = [...queues].sort((a, b) => String(a.service).localeCompare(String(b.service)) || order(a) - order(b));
  const most = Math.max(1, ...rows.map((queue) => Number(queue.depth ?? 0)));
  byId("queues").replaceChildren(...rows.map((queue) => {
    const row = element("tr");
    const bar = element("progress");
    bar.max = most;
    bar.value = Number(queue.depth ?? 0);
    bar.setAttribute("aria-hidden", "true");
    const barCell = element("td");
    barCell.append(bar);
    const dead = number(queue.dead);
    if (queue.dead > 0) dead.classList.add("bad");
    row.append(
      element("td", queue.service), element("td", queue.priority), number(queue.depth), barCell,
      element("td", duration(queue.oldestMs), "number"), number(queue.inFlight), number(queue.scheduled), dead,
      element("td", rate(queue, now).toFixed(1), "number"), number(queue.succeeded),
      queue.paused ? element("td", "paused", "warn") : element("td", "open"));
    return row;
  }));
  if (rows.length === 0) {
    byId("queues").replaceChildren(nothing(11, "No queue yet: POST v1/requests makes the first."));
  }
}

function nothing(columns, text) {
  const row = element("tr");
  const cell = element("td", text, "empty");
  cell.colSpan = columns;
  row.append(cell);
  return row;
}

// A ratio from 0 to 1 as a bar and in words; a node that never reported shows a dash.
function ratio(value, threshold) {
  const cell = element("td");
  if (typeof value !== "number" || !Number.isFinite(value)) {
    cell.textContent = "–";
    return cell;
  }
  const bar = element("meter");
  bar.min = 0;
  bar.max = 1;
  bar.high = threshold;
  bar.optimum = 0;
  bar.value = value;
  bar.setAttribute("aria-hidden", "true");
  cell.append(bar, element("span", `${Math.round(value * 100)} %`));
  return cell;
}

const STATE_KINDS = { healthy: "good", unhealthy: "bad", open: "bad", "half-open": "warn", draining: "warn" };

function showNodes(nodes) {
  const rows = [...nodes].sort((a, b) => String(a.id).localeCompare(String(b.id)));
  byId("nodes").replaceChildren(...rows.map((node) => {
    const row = element("tr");
    const report = node.report ?? node;
    row.append(
      element("td", node.id), element("td", node.state ?? "unknown", STATE_KINDS[node.state]),
      ratio(report.cpu, 0.8), ratio(report.memory, 0.8), ratio(report.io, 0.7),
      number(node.inFlight), element("td", node.healthScore ?? "–", "number"),
      element("td", (node.services ?? []).join(", ")), element("td", node.url ?? ""));
    return row;
  }));
  if (rows.length === 0) {
    byId("nodes").replaceChildren(nothing(9, "No node yet: run scripts/yardmaster agent on one, or PUT v1/nodes/{id}."));
  }
}

function showTotals(queues, nodes, health, now) {
  const sum = (figure) => queues.reduce((total, queue) => total + Number(figure(queue) ?? 0), 0);
  const oldest = Math.max(0, ...queues.map((queue) => Number(queue.oldestMs ?? 0)));
  const serving = nodes.filter((node) => node.state === "healthy" || node.state === "unknown").length;
  const figures = [
    ["waiting", sum((queue) => queue.depth).toLocaleString("en")],
    ["in flight", sum((queue) => queue.inFlight).toLocaleString("en")],
    ["scheduled", sum((queue) => queue.scheduled).toLocaleString("en")],
    ["dead", sum((queue) => queue.dead).toLocaleString("en"), sum((queue) => queue.dead) > 0 ? "bad" : ""],
    ["oldest waits", duration(oldest)],
    ["done / s", sum((queue) => rate(queue, now)).toFixed(1)],
    ["nodes serving", `${serving} / ${nodes.length}`, serving === 0 ? "bad" : ""],
    ["durability", health.durability ?? "unknown", health.durability === "relaxed" ? "warn" : ""],
  ];
  byId("figures").replaceChildren(...figures.map(([label, value, kind]) => {
    const card = element("div", undefined, "figure");
    card.append(element("b", value, kind), element("span", label));
    return card;
  }));
}

function say(text, kind) {
  const state = byId("state");
  if (state.textContent !== text) state.textContent = text; // a screen reader speaks changes only
  state.className = kind ?? "";
}

async function refresh() {
  try {
    const [queueAnswer, nodeAnswer, health] = await Promise.all([read("v1/queues"), read("v1/nodes"), read("health")]);
    const queues = queueAnswer.queues ?? [];
    const nodes = nodeAnswer.nodes ?? [];
    const now = performance.now();
    showQueues(queues, now);
    showNodes(nodes);
    showTotals(queues, nodes, health, now);
    before = new Map(queues.map((queue) => [name(queue), done(queue)]));
    beforeAt = now;
    byId("login").hidden = true;
    say(health.status === "UP" ? "live" : `health: ${health.status ?? "unknown"}`, health.status === "UP" ? "good" : "bad");
  } catch (error) {
    byId("login").hidden = !error.login;
    say(error.login ? error.message : `no answer (${error.message}); figures are from the last one`, "bad");
  }
}

async function loop() {
  if (running) return; // the look under way goes on by itself
  running = true;
  await refresh();
  running = false;
  timer = document.hidden ? undefined : setTimeout(loop, EVERY_MS);
}

document.addEventListener("visibilitychange", () => {
  clearTimeout(timer);
  if (document.hidden) {
    say("paused while hidden");
  } else {
    timer = setTimeout(loop, 0);
  }
});

byId("login").addEventListener("submit", (event) => {
  event.preventDefault();
  sessionStorage.setItem(KEY, byId("key").value);
  byId("key").value = "";
  clearTimeout(timer);
  timer = setTimeout(loop, 0);
});

loop();
