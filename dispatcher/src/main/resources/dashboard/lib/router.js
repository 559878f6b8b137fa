// Addresses are hash routes, `#/queues/default/low?sort=-dead`: they work below any path, and hold all of a page's state.
//
//   <a href=${link("/queues/default/low", { state: "queued" })}>   an address
//   go("/queues")                                                   goes there, back returns
//   const [query, setQuery] = useQuery()                            query.sort; setQuery({ sort: "-dead" }), undefined removes
//   setQuery(patch, { push: true })                                 makes it a step that back undoes; else it replaces
//   const route = useRoute()                                        { path, query }

import { useCallback } from "./html.js";
import { createStore, useStore } from "./store.js";

const decode = (text) => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a half-typed %, shown as it stands
  }
};

/** @returns {{path: string, query: Record<string, string>}} */
export function parseHash(hash) {
  const text = hash.replace(/^#/, "") || "/";
  const mark = text.indexOf("?");
  const path = mark < 0 ? text : text.slice(0, mark);
  const query = Object.fromEntries(new URLSearchParams(mark < 0 ? "" : text.slice(mark + 1)));
  return { path: path.startsWith("/") ? path : `/${path}`, query };
}

/** The address of a path and a query; empty, null and absent values are left out. */
export function link(path, query = {}) {
  const kept = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString();
  return `#${path}${text ? `?${text}` : ""}`;
}

/** A path of parts that may hold any character: pathOf("queues", "a b", "low"). */
export const pathOf = (...parts) => `/${parts.map((part) => encodeURIComponent(part)).join("/")}`;

/**
 * Finds the route of a path; `:name` takes one part.
 * @returns {{route: object, params: Record<string, string>} | null}
 */
export function match(routes, path) {
  const parts = path.split("/").filter(Boolean);
  for (const route of routes) {
    const wanted = route.path.split("/").filter(Boolean);
    if (wanted.length !== parts.length) continue;
    const params = {};
    const fits = wanted.every((part, i) => {
      if (!part.startsWith(":")) return part === parts[i];
      params[part.slice(1)] = decode(parts[i]);
      return true;
    });
    if (fits) return { route, params };
  }
  return null;
}

const hashNow = () => (typeof location === "undefined" ? "" : location.hash);
const routeStore = createStore(parseHash(hashNow()));
const read = () => routeStore.set(() => parseHash(hashNow()));
if (typeof window !== "undefined") {
  window.addEventListener("hashchange", read);
  window.addEventListener("popstate", read);
}

/** @param {string} address a path, or what link() made */
export function go(address, { replace = false } = {}) {
  const hash = address.startsWith("#") ? address : `#${address}`;
  if (hash === hashNow()) return;
  history[replace ? "replaceState" : "pushState"](null, "", hash);
  read();
}

export const useRoute = () => useStore(routeStore);

/** @returns {[Record<string, string>, (patch: object, how?: {push?: boolean}) => void]} */
export function useQuery() {
  const { query } = useRoute();
  const set = useCallback((patch, { push = false } = {}) => {
    const now = routeStore.get();
    go(link(now.path, { ...now.query, ...patch }), { replace: !push });
  }, []);
  return [query, set];
}
