// GET v1/requests page by page. A search that finds little goes on by itself for a while: one call of the server looks at
// a bounded number of requests only.

import { useCallback, useEffect, useRef, useState } from "./html.js";
import { api, session } from "./api.js";
import { toQuery } from "./requests-filter.js";
import { useStore } from "./store.js";

export const PAGE = 50;
const MOST_CALLS = 12;
const EVERY_MS = 5000;
const NOTHING = { rows: [], cursor: null, searched: 0, complete: false, loading: true, error: null, pages: 0 };

/** Rows of one burst: until a page is full, all was looked at, or a number of calls were made. */
async function burst(filter, cursor, signal, onPart) {
  const rows = [];
  let searched = 0;
  let complete = false;
  for (let call = 0; call < MOST_CALLS; call++) {
    const query = Object.fromEntries(toQuery(filter));
    const answer = await api.get("v1/requests", { ...query, limit: PAGE, cursor }, { signal });
    rows.push(...answer.requests);
    searched += answer.searched ?? answer.requests.length;
    cursor = answer.cursor ?? null;
    complete = cursor === null;
    if (complete || rows.length >= PAGE) break;
    onPart(searched);
  }
  return { rows, cursor, searched, complete };
}

const distinct = (rows) => [...new Map(rows.map((row) => [row.id, row])).values()];

/**
 * @param filter as requests-filter.js has it; null searches nothing
 * @param calm whether the rows must stay as they are, because some are selected
 */
export function useSearch(filter, calm) {
  const epoch = useStore(session, (now) => now.epoch);
  const key = filter === null ? "" : String(toQuery(filter));
  const [state, setState] = useState(NOTHING);
  const [turn, setTurn] = useState(0);
  const stop = useRef(new AbortController());
  const still = useRef(calm);
  still.current = calm;

  const look = useCallback(async (wanted, signal, from) => {
    setState((now) => ({ ...now, loading: true }));
    try {
      const before = from?.searched ?? 0;
      const found = await burst(wanted, from?.cursor ?? undefined, signal, (searched) =>
        from && setState((now) => ({ ...now, searched: before + searched })));
      setState({
        ...found, rows: distinct([...(from?.rows ?? []), ...found.rows]), searched: before + found.searched,
        loading: false, error: null, pages: (from?.pages ?? 0) + 1,
      });
    } catch (error) {
      if (!signal.aborted) setState((now) => ({ ...now, loading: false, error }));
    }
  }, []);

  useEffect(() => {
    if (filter === null) return undefined;
    const mine = new AbortController();
    stop.current = mine;
    let timer;
    setState(NOTHING);
    let pages = 0;
    const again = async () => {
      // what is being read must not move: only a first page that nobody works on is looked up anew
      const idle = !document.hidden && !still.current && pagesNow.current <= 1;
      if (pages === 0 || idle) await look(filter, mine.signal);
      pages++;
      if (!mine.signal.aborted) timer = setTimeout(again, EVERY_MS);
    };
    again();
    return () => {
      mine.abort();
      clearTimeout(timer);
    };
  }, [key, filter === null, epoch, turn]);

  const pagesNow = useRef(0);
  pagesNow.current = state.pages;
  return {
    ...state,
    more: () => look(filter, stop.current.signal, state),
    reload: useCallback(() => setTurn((n) => n + 1), []),
  };
}
