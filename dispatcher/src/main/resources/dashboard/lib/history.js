// Figures over time: GET /v1/history, and after its last point what the stream has told since.
//
//   const { times, values, loading, error } = useHistory(["rate.enqueued", "depth:default/low"], "15m")
//   values("rate.enqueued")   numbers or null, one for each of times

import { useEffect, useMemo, useState } from "./html.js";
import { useResource } from "./api.js";
import { serverNow, watchOverview } from "./live.js";

export const RANGES = [["15m", "15 min"], ["1h", "1 h"], ["6h", "6 h"], ["48h", "48 h"], ["7d", "7 d"], ["90d", "90 d"]];
const MINUTES = { "15m": 15, "1h": 60, "6h": 360, "48h": 2880, "7d": 10080, "90d": 129600 };
const POINTS = 360;
const RATE_OVER_MS = 9500; // a rate needs some seconds: of one it would only be noise
const FRAMES = 20;

const frames = [];

/** What a series is in one answer of GET /v1/overview; rates compare it with an older one. */
export function seriesValue(name, overview, older) {
  const [kind, queueName] = name.split(":");
  const rows = (of) => (queueName ? of.queues.filter((row) => `${row.service}/${row.priority}` === queueName) : of.queues);
  const sum = (of, field) => rows(of).reduce((total, row) => total + (row[field] ?? 0), 0);
  const [family, part] = kind.split(".");
  if (family === "rate") {
    const seconds = older ? (overview.atMs - older.atMs) / 1000 : 0;
    // counters that fell were begun anew: no rate is better than a negative one
    const grown = seconds > 0 ? sum(overview, part) - sum(older, part) : -1;
    return grown < 0 ? null : grown / seconds;
  }
  if (kind === "depth") return sum(overview, "depth");
  if (family === "depth") return overview.queues.reduce((total, row) => total + (row.priority === part ? row.depth : 0), 0);
  if (kind === "oldestMs") return queueName ? Math.max(0, ...rows(overview).map((row) => row.oldestMs ?? 0)) : overview.totals.oldestMs;
  if (family === "wait") return overview.wait?.[`${part}Ms`] ?? null;
  if (kind === "inFlight") return queueName ? sum(overview, "inFlight") : overview.totals.inFlight;
  if (family === "slots") return overview.slots?.[part] ?? null;
  if (kind === "nodes.up") return overview.nodes?.up ?? null;
  return null;
}

watchOverview((overview) => {
  if (!overview?.queues) return;
  const last = frames[frames.length - 1];
  if (last && overview.atMs <= last.atMs) return;
  if (last && overview.atMs - last.atMs > 30000) frames.length = 0; // it was paused: nothing is known of between
  frames.push(overview);
  if (frames.length > FRAMES) frames.shift();
});

/** The frames after a time, each with the one that is about ten seconds older. */
function tailAfter(ms) {
  return frames
    .map((frame, i) => ({ frame, older: frames.slice(0, i).findLast((each) => frame.atMs - each.atMs >= RATE_OVER_MS) }))
    .filter(({ frame, older }) => older && frame.atMs > ms + 2000);
}

export function useHistory(series, range = "15m") {
  const minutes = MINUTES[range] ?? 15;
  const [turn, setTurn] = useState(0);
  const names = series.join(",");
  const every = minutes <= 60 ? 10000 : 60000;

  useEffect(() => {
    const timer = setInterval(() => !document.hidden && setTurn((n) => n + 1), every);
    return () => clearInterval(timer);
  }, [every]);

  const query = useMemo(() => {
    const toMs = Math.floor(serverNow());
    return { series: names, fromMs: toMs - minutes * 60000, toMs, points: POINTS };
  }, [names, minutes, turn]);
  const { data, error, loading } = useResource(names ? "v1/history" : null, { query });

  const [newest, setNewest] = useState(0);
  useEffect(() => (minutes <= 60 ? watchOverview((overview) => setNewest(overview?.atMs ?? 0)) : undefined), [minutes]);

  return useMemo(() => {
    const known = data && names.split(",").every((name) => name in data.series) ? data : null;
    const length = known ? Math.max(0, ...Object.values(known.series).map((each) => each.length)) : 0;
    const times = Array.from({ length }, (_, i) => known.fromMs + i * known.stepMs);
    // the newest step may not be written yet: the tail begins where figures end
    let end = length;
    while (end > 0 && Object.values(known.series).every((each) => (each[end - 1] ?? null) === null)) end--;
    const tail = minutes <= 60 ? tailAfter(end > 0 ? times[end - 1] : 0) : []; // also when there is no history
    const cut = tail.length > 0 ? end : length;
    return {
      times: [...times.slice(0, cut), ...tail.map(({ frame }) => frame.atMs)],
      values: (name) => [
        ...(known?.series[name] ?? []).slice(0, cut).map((value) => value ?? null),
        ...tail.map(({ frame, older }) => seriesValue(name, frame, older)),
      ],
      loading, error,
    };
  }, [data, names, newest, minutes, loading, error]);
}
