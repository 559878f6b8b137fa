// A value that components can watch. The only shared mutable state of the page stands in such stores.

import { useEffect, useRef, useState } from "./html.js";

/**
 * @template T
 * @param {T} value the first value
 */
export function createStore(value) {
  const watchers = new Set();
  return {
    get: () => value,
    /** Sets what an object names, or what a function makes of the value. */
    set(change) {
      const next = typeof change === "function" ? change(value) : { ...value, ...change };
      if (Object.is(next, value)) return;
      value = next;
      for (const watcher of [...watchers]) watcher(value);
    },
    /** @returns {() => void} ends the watching */
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}

/** Draws the component again when what `pick` takes from the store's value has changed. */
export function useStore(store, pick = (value) => value) {
  const [, redraw] = useState(0);
  const shown = useRef();
  shown.current = { pick, picked: pick(store.get()) };
  useEffect(() => {
    const look = (value) => {
      if (!Object.is(shown.current.pick(value), shown.current.picked)) redraw((n) => n + 1);
    };
    look(store.get()); // it may have changed between drawing and now
    return store.watch(look);
  }, [store]);
  return shown.current.picked;
}
