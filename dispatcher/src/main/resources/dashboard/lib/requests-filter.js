// The filter of the requests page: `state:dead service:default age:>5m reason:timeout abc`, read and written.
// Pure; what the text means is what GET /v1/requests and POST /v1/requests/bulk are asked for.

export const STATES = ["queued", "scheduled", "in-flight", "succeeded", "dead", "cancelled", "expired"];
export const PRIORITIES = ["critical", "high", "normal", "low"];

/** What can be asked for, with what a person reads about it. */
export const QUALIFIERS = {
  state: "one or several of " + STATES.join(", "),
  service: "its service",
  priority: PRIORITIES.join(", "),
  node: "the node it is or was at",
  id: "how its id begins",
  age: ">5m, <1h: since it was enqueued",
  reason: "why it is dead, such as timeout",
};

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const ID = /^[A-Za-z0-9._:-]{1,128}$/;
const REASON = /^[a-z0-9-]{1,64}$/;

/** `5m` -> 300000; null when it is no duration. Without a unit: seconds. */
export function parseAge(text) {
  const parts = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)?$/.exec(text);
  return parts ? Math.round(Number(parts[1]) * UNITS[parts[2] ?? "s"]) : null;
}

/** 300000 -> `5m`: the largest unit that says it exactly. */
export function formatAge(ms) {
  const unit = ["d", "h", "m", "s"].find((name) => ms > 0 && ms % UNITS[name] === 0) ?? "ms";
  return ms / UNITS[unit] + unit;
}

/** The words of a text with their places. */
const words = (text) =>
  [...text.matchAll(/\S+/g)].map((match) => ({ text: match[0], from: match.index, to: match.index + match[0].length }));

/**
 * Reads a filter.
 * @returns {{filter: object, errors: string[]}} fields state (array), service, priority, node, id, reason, minAgeMs,
 *   maxAgeMs where asked for; errors in words, one for each word that could not be understood
 */
export function parse(text) {
  const filter = {};
  const errors = [];
  for (const word of words(text ?? "")) {
    const colon = word.text.indexOf(":");
    const name = colon > 0 ? word.text.slice(0, colon).toLowerCase() : "";
    const known = Object.hasOwn(QUALIFIERS, name);
    // ids may hold colons, so a word whose beginning is no qualifier is the beginning of an id
    const error = known ? read(filter, name, word.text.slice(colon + 1)) : read(filter, "id", word.text, colon > 0 ? name : "");
    if (error) errors.push(error);
  }
  if (filter.minAgeMs !== undefined && filter.maxAgeMs !== undefined && filter.minAgeMs > filter.maxAgeMs) {
    errors.push(`age: nothing is older than ${formatAge(filter.minAgeMs)} and younger than ${formatAge(filter.maxAgeMs)}`);
  }
  return { filter, errors };
}

function read(filter, name, value, likely) {
  if (value === "") return `${name}: a value is missing (${QUALIFIERS[name]})`;
  switch (name) {
    case "state": {
      const wanted = value.toLowerCase().split(",").filter(Boolean);
      const wrong = wanted.find((state) => !STATES.includes(state));
      if (wrong !== undefined) return `state: ${wrong} (expected: ${QUALIFIERS.state})`;
      filter.state = STATES.filter((state) => wanted.includes(state) || filter.state?.includes(state));
      return null;
    }
    case "age": {
      const parts = /^(>=?|<=?)?(.+)$/.exec(value);
      const ms = parseAge(parts[2]);
      if (ms === null) return `age: ${value} (expected: such as >5m or <1h)`;
      return once(filter, parts[1]?.startsWith("<") ? "maxAgeMs" : "minAgeMs", ms, "age");
    }
    case "priority":
      if (!PRIORITIES.includes(value.toLowerCase())) return `priority: ${value} (expected: ${QUALIFIERS.priority})`;
      return once(filter, name, value.toLowerCase(), name);
    case "service":
    case "node":
      if (!NAME.test(value)) return `${name}: ${value} (expected: a name of letters, digits and . _ -)`;
      return once(filter, name, value, name);
    case "id":
      if (!ID.test(value) || likely) {
        return likely && !filter.id
          ? `${likely}: is no qualifier (expected: ${Object.keys(QUALIFIERS).join(", ")}; an id goes behind id:)`
          : `id: ${value} (expected: the beginning of an id)`;
      }
      return once(filter, name, value, name);
    default:
      if (!REASON.test(value)) return `reason: ${value} (expected: a word such as timeout)`;
      return once(filter, name, value, name);
  }
}

function once(filter, field, value, name) {
  if (filter[field] !== undefined && filter[field] !== value) return `${name}: given twice`;
  filter[field] = value;
  return null;
}

/** The text of a filter, always in the same order, so that equal filters are equal texts. */
export function format(filter) {
  const out = [];
  if (filter.state?.length) out.push(`state:${filter.state.join(",")}`);
  for (const name of ["service", "priority", "node", "id"]) if (filter[name]) out.push(`${name}:${filter[name]}`);
  if (filter.minAgeMs !== undefined) out.push(`age:>${formatAge(filter.minAgeMs)}`);
  if (filter.maxAgeMs !== undefined) out.push(`age:<${formatAge(filter.maxAgeMs)}`);
  if (filter.reason) out.push(`reason:${filter.reason}`);
  return out.join(" ");
}

const FIELDS = ["service", "priority", "node", "id", "minAgeMs", "maxAgeMs", "reason", "cause"];

/** The query of GET /v1/requests. */
export function toQuery(filter) {
  const query = new URLSearchParams();
  if (filter.state?.length) query.set("state", filter.state.join(","));
  for (const name of FIELDS) if (filter[name] !== undefined) query.set(name, String(filter[name]));
  return query;
}

/** The `filter` of POST /v1/requests/bulk. */
export function toBulk(filter) {
  const out = {};
  if (filter.state?.length) out.state = filter.state.join(",");
  for (const name of FIELDS) if (filter[name] !== undefined) out[name] = filter[name];
  return out;
}

/** The same filter with one state more or less. */
export function toggleState(filter, state) {
  const has = filter.state?.includes(state);
  const states = STATES.filter((each) => (each === state ? !has : filter.state?.includes(each)));
  const { state: _, ...rest } = filter;
  return states.length ? { ...rest, state: states } : rest;
}

/**
 * What could stand where the caret is.
 * @param facts known values by qualifier, such as {service: ["default"]}
 * @returns {{from: number, to: number, options: {text: string, about: string}[]}} the part to be replaced, and by what
 */
export function suggest(text, caret, facts = {}) {
  const word = words(text).find((each) => each.from <= caret && caret <= each.to) ?? { text: "", from: caret, to: caret };
  const typed = text.slice(word.from, caret).toLowerCase();
  const colon = typed.indexOf(":");
  if (colon < 0) {
    const options = Object.entries(QUALIFIERS)
      .filter(([name]) => name.startsWith(typed))
      .map(([name, about]) => ({ text: `${name}:`, about }));
    return { from: word.from, to: word.to, options };
  }
  const name = typed.slice(0, colon);
  const begun = typed.slice(colon + 1);
  const list = begun.lastIndexOf(",") + 1;
  const values = {
    state: STATES, priority: PRIORITIES, age: [">1m", ">5m", ">1h", ">1d", "<1m", "<5m", "<1h"], ...facts,
  }[name] ?? [];
  const last = name === "state" ? begun.slice(list) : begun;
  const before = name === "state" ? begun.slice(0, list) : "";
  const options = [...new Set(values)]
    .filter((value) => value.toLowerCase().startsWith(last) && value.toLowerCase() !== last && !before.split(",").includes(value))
    .slice(0, 12)
    .map((value) => ({ text: `${name}:${before}${value} `, about: "" }));
  return { from: word.from, to: word.to, options };
}
