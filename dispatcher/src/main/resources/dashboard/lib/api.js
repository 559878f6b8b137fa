// The only way to the REST API. Addresses are relative ("v1/queues"), so that the page works below a sub-path.
//
//   await api.get("v1/queues", { service: "a" })   query values that are null, undefined or "" are left out
//   await api.post("v1/requests/bulk", { action: "retry", … })   put, del alike; answers JSON, or null without a body
//   const { data, error, loading, reload } = useResource("v1/replicas", { query, every: 5000 })
//
// Errors are ApiError: status (0: unreachable), message for people, errors [{field, message}] of the problem.

import { useCallback, useEffect, useRef, useState } from "./html.js";
import { createStore, useStore } from "./store.js";

const KEY = "yardmaster-key";
const TIMEOUT_MS = 15000;

function storedKey() {
  try {
    return sessionStorage.getItem(KEY) ?? "";
  } catch {
    return "";
  }
}

/** `needed`: why a key is asked for, "" when it isn't. `epoch` grows with each key, and makes resources load again. */
export const session = createStore({ key: storedKey(), needed: "", epoch: 0 });

export function setKey(key) {
  try {
    if (key) sessionStorage.setItem(KEY, key);
    else sessionStorage.removeItem(KEY);
  } catch {
    // kept as long as the page
  }
  session.set((now) => ({ key, needed: "", epoch: now.epoch + 1 }));
}

export function authorization() {
  const { key } = session.get();
  return key ? { Authorization: `Bearer ${key}` } : {};
}

/** To be called with a 401: asks for a key, once. */
export function askForKey() {
  const { key, needed } = session.get();
  if (!needed) session.set({ needed: key ? "This key is not accepted." : "This server wants an API key." });
}

export class ApiError extends Error {
  constructor(status, message, problem = {}) {
    super(message);
    this.status = status;
    this.problem = problem;
    this.errors = problem.errors ?? [];
  }
}

/** An address with its query. */
export function address(path, query = {}) {
  const kept = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}

async function problemOf(response) {
  let problem = {};
  try {
    problem = await response.json();
  } catch {
    // a proxy's page: the status must do
  }
  const told = problem.detail || problem.title || response.statusText || "no explanation";
  const message =
    response.status === 403 ? `Not allowed: ${told}`
    : response.status === 404 && !problem.detail ? "This server does not have that (404)."
    : `${told} (${response.status})`;
  return new ApiError(response.status, message, problem);
}

async function call(method, path, { query, body, signal, timeoutMs = TIMEOUT_MS } = {}) {
  const limit = AbortSignal.timeout(timeoutMs);
  let response;
  try {
    response = await fetch(address(path, query), {
      method,
      headers: {
        Accept: "application/json",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
        ...authorization(),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      cache: "no-store",
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, limit.aborted ? "The server took too long to answer." : "The server cannot be reached.");
  }
  if (response.status === 401) askForKey();
  // an unhealthy replica answers /health with 503 and its reasons: worth showing
  if (!response.ok && path !== "health") throw await problemOf(response);
  const text = await response.text();
  return text ? JSON.parse(text) : null;
}

export const api = {
  get: (path, query, options) => call("GET", path, { ...options, query }),
  post: (path, body, options) => call("POST", path, { ...options, body }),
  put: (path, body, options) => call("PUT", path, { ...options, body }),
  del: (path, options) => call("DELETE", path, options),
};

/**
 * Loads JSON and keeps it fresh. A new address or key loads again; the last data stays until then. Rests while the
 * page is hidden. `path` null loads nothing.
 * @param {string | null} path
 * @param {{query?: object, every?: number}} options every: milliseconds between two loads, 0 for once
 */
export function useResource(path, { query, every = 0 } = {}) {
  const epoch = useStore(session, (now) => now.epoch);
  const [state, setState] = useState({ data: null, error: null, loading: Boolean(path), from: "" });
  const [turn, setTurn] = useState(0);
  const target = path === null ? "" : address(path, query);
  const latest = useRef(target);
  latest.current = target;

  useEffect(() => {
    if (!target) return undefined;
    const stop = new AbortController();
    let timer;
    const again = () => {
      if (every > 0 && !stop.signal.aborted) timer = setTimeout(load, every);
    };
    async function load() {
      if (document.hidden) return again();
      try {
        const data = await api.get(target, {}, { signal: stop.signal });
        setState({ data, error: null, loading: false, from: target });
      } catch (error) {
        if (stop.signal.aborted) return undefined;
        setState((now) => ({ ...now, error, loading: false }));
      }
      return again();
    }
    setState((now) => ({ ...now, loading: true }));
    load();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [target, every, epoch, turn]);

  const reload = useCallback(() => setTurn((n) => n + 1), []);
  // data of another address would be shown under a wrong heading; of another query it only looks stale
  const sameThing = state.from.split("?")[0] === target.split("?")[0];
  return { data: sameThing ? state.data : null, error: state.error, loading: state.loading, reload };
}
