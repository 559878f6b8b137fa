// Numbers, durations and times as people read them. Pure, so that they are tested without a browser.

const GROUPED = new Intl.NumberFormat("en-US");
const NOTHING = "–";

const known = (value) => typeof value === "number" && Number.isFinite(value);

/** 48213 -> "48,213": every digit, because the figures must agree with the API. */
export function count(value) {
  return known(value) ? GROUPED.format(Math.round(value)) : NOTHING;
}

/** For axes, where there is no room: 48213 -> "48.2k". */
export function short(value) {
  if (!known(value)) return NOTHING;
  const size = Math.abs(value);
  if (size >= 1e9) return `${trim(value / 1e9)}G`;
  if (size >= 1e6) return `${trim(value / 1e6)}M`;
  if (size >= 1e4) return `${trim(value / 1e3)}k`;
  return size >= 100 || Number.isInteger(value) ? GROUPED.format(Math.round(value)) : trim(value);
}

const trim = (value) => String(Number(value.toFixed(Math.abs(value) < 10 ? 2 : 1)));

/** A rate with as many decimals as it can bear: 0.25, 3.4, 120. */
export function rate(value) {
  if (!known(value)) return NOTHING;
  if (value === 0) return "0";
  return value < 10 ? trim(value) : GROUPED.format(Math.round(value));
}

/** 0.42 -> "42 %". */
export function percent(value) {
  if (!known(value)) return NOTHING;
  const hundred = value * 100;
  return `${hundred > 0 && hundred < 10 ? Number(hundred.toFixed(1)) : Math.round(hundred)} %`;
}

/** A duration in milliseconds: "340 ms", "4.2 s", "3 min 5 s", "2 h 10 min", "5 d 3 h". */
export function duration(ms) {
  if (!known(ms) || ms < 0) return NOTHING;
  if (ms === 0) return "0 s";
  if (ms < 1) return `${trim(ms)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 59.95) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return two(Math.floor(whole / 60), "min", whole % 60, "s");
  const minutes = Math.floor(whole / 60);
  if (minutes < 1440) return two(Math.floor(minutes / 60), "h", minutes % 60, "min");
  const hours = Math.floor(minutes / 60);
  return two(Math.floor(hours / 24), "d", hours % 24, "h");
}

const two = (large, one, small, other) => (small === 0 ? `${large} ${one}` : `${large} ${one} ${small} ${other}`);

/** 4096 -> "4 KiB". */
export function bytes(value) {
  if (!known(value)) return NOTHING;
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${trim(value)} ${units[unit]}`;
}

/** Epoch milliseconds of a number, a Date or RFC 3339 text; null when it is none. */
export function millis(time) {
  if (time === null || time === undefined || time === "") return null;
  const ms = typeof time === "number" ? time : Date.parse(time);
  return Number.isFinite(ms) ? ms : null;
}

/** "3 min ago", "in 12 s", "just now". Two units would only flicker, so it has one. */
export function ago(time, now) {
  const ms = millis(time);
  if (ms === null) return NOTHING;
  const past = now - ms;
  const size = Math.abs(past);
  if (size < 1500) return "just now";
  const words =
    size < 60e3 ? `${Math.round(size / 1000)} s`
    : size < 3600e3 ? `${Math.floor(size / 60e3)} min`
    : size < 86400e3 ? `${Math.floor(size / 3600e3)} h`
    : `${Math.floor(size / 86400e3)} d`;
  return past > 0 ? `${words} ago` : `in ${words}`;
}

const pad = (value, digits = 2) => String(value).padStart(digits, "0");

/** "2026-01-31 14:05:09" in the browser's zone or UTC; with milliseconds when asked. */
export function absolute(time, zone = "local", fine = false) {
  const ms = millis(time);
  if (ms === null) return NOTHING;
  // shifting by the offset and reading UTC fields gives one way for both zones
  const shown = new Date(zone === "utc" ? ms : ms - new Date(ms).getTimezoneOffset() * 60e3);
  const date = `${shown.getUTCFullYear()}-${pad(shown.getUTCMonth() + 1)}-${pad(shown.getUTCDate())}`;
  const clock = `${pad(shown.getUTCHours())}:${pad(shown.getUTCMinutes())}:${pad(shown.getUTCSeconds())}`;
  return `${date} ${clock}${fine ? `.${pad(shown.getUTCMilliseconds(), 3)}` : ""}${zone === "utc" ? " UTC" : ""}`;
}

/** "1 request", "2,000 requests". */
export function plural(n, one, many = `${one}s`) {
  return `${count(n)} ${n === 1 ? one : many}`;
}
