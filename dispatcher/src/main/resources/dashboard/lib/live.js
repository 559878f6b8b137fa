// What the server tells by itself: one stream (v1/stream) for the whole page, read with fetch() so that it carries the
// API key. It ends while the page is hidden or held, comes back with growing pauses, and is replaced by asking
// v1/overview every few seconds where streaming does not work (a proxy that buffers, too many streams).
//
//   const overview = useLive("overview")   the newest GET /v1/overview, or null at first
//   const nodes = useLive("nodes")         { nodes: […] }; streamed only while somebody uses it
//   useEvents((event) => …)                each new event, once
//   connection                             store of { state, since, retryAt, why }; see ConnectionState

import { api, askForKey, authorization, session } from "./api.js";
import { useEffect, useRef } from "./html.js";
import { readSse } from "./sse.js";
import { createStore, useStore } from "./store.js";

/** @typedef {"connecting" | "live" | "polling" | "down" | "paused" | "held" | "locked"} ConnectionState */

const SILENCE_MS = 25000; // pings come every 10 s: two are missing
const POLL_MS = 2000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30000;
const TOPICS = ["overview", "nodes", "events"];

export const connection = createStore({ state: "connecting", since: Date.now(), retryAt: 0, why: "" });
const stores = { overview: createStore({ data: null }), nodes: createStore({ data: null }) };
const eventListeners = new Set();
const wanted = new Map([["overview", 1]]);
let lastEventId = "";
let held = false;
let offsetMs = 0;
let wake = () => {};
let stream = null;

/** The server's time: ages must not depend on this computer's clock. */
export const serverNow = () => Date.now() + offsetMs;

function became(state, more = {}) {
  const now = connection.get();
  const since = now.state === state ? now.since : Date.now();
  connection.set({ state, since, retryAt: 0, why: "", ...more });
}

function take(topic, data) {
  if (topic === "overview" && typeof data.atMs === "number") {
    // half a second of difference is the way here; correcting it would only make ages flicker
    const offset = data.atMs - Date.now();
    if (Math.abs(offset - offsetMs) > 1500) offsetMs = Math.abs(offset) > 1500 ? offset : 0;
  }
  stores[topic].set({ data });
}

function onMessage({ event, data, id }) {
  let value;
  try {
    value = JSON.parse(data);
  } catch {
    return; // a damaged message is no reason to give the others up
  }
  if (event === "event") {
    if (id) lastEventId = id;
    for (const listener of [...eventListeners]) listener({ id, ...value });
  } else if (stores[event]) {
    take(event, value);
  }
}

const sleep = (ms, signal) =>
  new Promise((done) => {
    const timer = setTimeout(done, ms);
    const end = () => {
      clearTimeout(timer);
      done();
    };
    wake = end;
    signal?.addEventListener("abort", end, { once: true });
  });

/** Reads the stream until it ends. Throws when it cannot begin, or falls silent. */
async function follow() {
  const stop = new AbortController();
  stream = stop;
  let watchdog;
  const alive = () => {
    clearTimeout(watchdog);
    watchdog = setTimeout(() => stop.abort(), SILENCE_MS);
  };
  alive();
  try {
    const topics = TOPICS.filter((topic) => wanted.get(topic) > 0).join(",");
    const response = await fetch(`v1/stream?topics=${topics}`, {
      headers: {
        Accept: "text/event-stream",
        ...authorization(),
        ...(lastEventId ? { "Last-Event-ID": lastEventId } : {}),
      },
      cache: "no-store",
      signal: stop.signal,
    });
    if (response.status === 401) {
      askForKey();
      return "locked";
    }
    const type = response.headers.get("Content-Type") ?? "";
    if (!response.ok || !type.includes("event-stream") || !response.body) {
      response.body?.cancel();
      throw new Error(`streaming answered ${response.status}`);
    }
    await readSse(response.body, onMessage, () => {
      alive();
      if (connection.get().state !== "live") became("live");
    });
    return "ended";
  } finally {
    clearTimeout(watchdog);
    stream = null;
  }
}

/** Asks instead of listening, for as long as the pause before the next try of the stream. */
async function poll(pauseMs, why) {
  const until = Date.now() + pauseMs;
  do {
    try {
      for (const topic of ["overview", "nodes"]) {
        if (wanted.get(topic) > 0) take(topic, await api.get(`v1/${topic}`, {}, { timeoutMs: 5000 }));
      }
      became("polling", { why });
    } catch (error) {
      if (error.status === 401) return;
      const down = error.status === 0;
      became("down", { why: down ? "The server cannot be reached." : error.message, retryAt: until });
      await sleep(until - Date.now());
      return;
    }
    await sleep(Math.min(POLL_MS, Math.max(0, until - Date.now())));
  } while (Date.now() < until && !document.hidden && !held);
}

async function run() {
  let failures = 0;
  for (;;) {
    if (held || document.hidden || session.get().needed) {
      became(session.get().needed ? "locked" : held ? "held" : "paused");
      await sleep(3600e3);
      continue;
    }
    const began = Date.now();
    let why = "The stream ended.";
    try {
      await follow();
    } catch (error) {
      why = error.message;
    }
    if (held || document.hidden || session.get().needed) continue;
    if (restarting) {
      restarting = false;
      continue;
    }
    failures = Date.now() - began > 10000 ? 1 : failures + 1;
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
    await poll(pause * (0.75 + Math.random() / 2), why);
  }
}

let restarting = false;
let soon;

/** Other topics or another key: the stream begins anew, shortly, so that a change of page makes one new stream. */
function restart() {
  clearTimeout(soon);
  soon = setTimeout(() => {
    if (stream) {
      restarting = true;
      stream.abort();
    }
    wake();
  }, 30);
}

/** Stops and goes on by hand. */
export function hold(on) {
  held = on;
  stream?.abort();
  wake();
}

export const tryNow = () => wake();

export function startLive() {
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) stream?.abort();
    wake();
  });
  window.addEventListener("online", () => wake());
  let { epoch } = session.get();
  session.watch((now) => {
    if (now.epoch !== epoch) {
      epoch = now.epoch;
      restart();
    }
  });
  run();
}

function want(topic) {
  const before = wanted.get(topic) ?? 0;
  wanted.set(topic, before + 1);
  if (before === 0) restart();
  return () => {
    wanted.set(topic, wanted.get(topic) - 1); // the stream goes on as it is: less is no reason for a new one
  };
}

/** @param {"overview" | "nodes"} topic */
export function useLive(topic) {
  useEffect(() => want(topic), [topic]);
  return useStore(stores[topic], (now) => now.data);
}

/** After an action, so that its result shows at once and not with the next message. */
export async function refresh(topic) {
  try {
    take(topic, await api.get(`v1/${topic}`));
  } catch {
    // the stream or the next poll tells
  }
}

export function useEvents(listener) {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => {
    const call = (event) => latest.current(event);
    eventListeners.add(call);
    const unwant = want("events");
    return () => {
      eventListeners.delete(call);
      unwant();
    };
  }, []);
}

/** For whoever watches without being a component. */
export const watchOverview = (watcher) => stores.overview.watch((now) => watcher(now.data));
