// One action on many requests: POST v1/requests/bulk, repeated with its cursor until all are done. Pure but for `post`.

const MOST_CALLS = 100_000;
const MOST_IDS = 500; // of one call

/** In which states an action can do something. */
export const ACTIONS = {
  retry: { states: ["dead"], word: "Retry", doing: "Retrying", done: "retried", danger: false },
  cancel: { states: ["queued", "scheduled", "in-flight"], word: "Cancel", doing: "Cancelling", done: "cancelled", danger: true },
  drop: { states: ["dead"], word: "Drop", doing: "Dropping", done: "dropped", danger: true },
};

/** The states of a filter that an action is for; empty when there are none. */
export function statesFor(action, states = []) {
  const possible = ACTIONS[action].states;
  return states.length ? possible.filter((state) => states.includes(state)) : possible;
}

/**
 * @param post (body) => the answer of POST v1/requests/bulk
 * @param job {action, filter, dryRun}
 * @param watch {onProgress: (sum) => void, signal}
 * @returns {Promise<{matching: number, done: number, failed: number, searched: number, complete: boolean}>} what all
 *   calls did together; `complete` is false when it was stopped
 */
export async function runBulk(post, { action, filter, dryRun = false }, { onProgress = () => {}, signal } = {}) {
  const sum = { matching: 0, done: 0, failed: 0, searched: 0, complete: false };
  const parts = filter.ids ? Array.from({ length: Math.ceil(filter.ids.length / MOST_IDS) }, (_, i) => ({ ids: filter.ids.slice(i * MOST_IDS, (i + 1) * MOST_IDS) })) : [filter];
  let cursor = null;
  for (let call = 0; call < MOST_CALLS && !signal?.aborted; call++) {
    const answer = await post({ action, filter: parts[0], dryRun, cursor });
    for (const name of ["matching", "done", "failed", "searched"]) sum[name] += answer[name] ?? 0;
    cursor = answer.cursor ?? null;
    if (cursor === null) parts.shift();
    sum.complete = parts.length === 0;
    onProgress({ ...sum });
    if (sum.complete) break;
  }
  return sum;
}
