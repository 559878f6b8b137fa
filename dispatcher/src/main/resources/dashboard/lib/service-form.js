// Between the JSON of a service and the texts of its form. Pure: what is empty is as configured for all services.

export const STRATEGIES = [
  "adaptive", "resource_based", "weighted_response", "least_response_time", "least_connections", "power_of_two",
  "round_robin", "weighted_round_robin", "random", "ip_hash", "consistent_hash", "geographic",
];
export const STICKY = ["none", "cookie", "ip", "key"];
export const PRIORITY_FIELDS = ["weight", "timeoutMs", "maxRetries", "reserve"];
export const BREAKER_FIELDS = ["errorThreshold", "minRequests", "windowMs", "resetTimeoutMs", "halfOpenRequests", "consecutiveFailures"];
const PRIORITIES = ["critical", "high", "normal", "low"];

const text = (value) => (value === undefined || value === null ? "" : String(value));
const texts = (fields, from) => Object.fromEntries(fields.map((field) => [field, text(from?.[field])]));
const pairs = (map) => Object.entries(map ?? {}).map(([name, value]) => `${name}=${value}`).join("\n");

/** The form's texts of GET /v1/services/{name}. */
export function formOf(service) {
  return {
    strategy: service.strategy ?? "",
    sticky: service.sticky ?? "none",
    rate: text(service.rateLimit?.rate),
    window: service.rateLimit?.window ?? (service.rateLimit?.windowMs ? `${service.rateLimit.windowMs}ms` : ""),
    burst: text(service.rateLimit?.burstMultiplier),
    breaker: texts(BREAKER_FIELDS, service.breaker),
    priorities: Object.fromEntries(PRIORITIES.map((name) => [name, texts(PRIORITY_FIELDS, service.priorities?.[name])])),
    labels: pairs(service.labels),
    weights: pairs(service.weights),
    backups: (service.backups ?? []).join(", "),
  };
}

/**
 * The JSON of PUT /v1/services/{name}, and what cannot be read, by field as the server names them. What is a number
 * but out of range is left to the server, which says so by field too.
 * @returns {{service: object, faults: Record<string, string>}}
 */
export function serviceOf(form) {
  const faults = {};
  const number = (value, field) => {
    if (value.trim() === "") return undefined;
    const parsed = Number(value.trim().replace(",", "."));
    if (!Number.isFinite(parsed)) faults[field] = "a number is expected";
    return parsed;
  };
  const numbers = (from, prefix) => {
    const made = {};
    for (const [field, value] of Object.entries(from)) {
      const parsed = number(value, `${prefix}.${field}`);
      if (parsed !== undefined) made[field] = parsed;
    }
    return Object.keys(made).length > 0 ? made : undefined;
  };
  const map = (lines, field, read) => {
    const made = {};
    for (const line of lines.split(/[\n,]/).map((each) => each.trim()).filter(Boolean)) {
      const at = line.indexOf("=");
      if (at < 1) faults[field] = `"${line}" is expected to be name=value`;
      else made[line.slice(0, at).trim()] = read(line.slice(at + 1).trim());
    }
    return Object.keys(made).length > 0 ? made : undefined;
  };
  const rate = number(form.rate, "rateLimit.rate");
  const burst = number(form.burst, "rateLimit.burstMultiplier");
  const priorities = {};
  for (const [name, fields] of Object.entries(form.priorities)) {
    const made = numbers(fields, `priorities.${name}`);
    if (made) priorities[name] = made;
  }
  const backups = form.backups.split(/[\n,]/).map((each) => each.trim()).filter(Boolean);
  const service = {
    strategy: form.strategy || undefined,
    sticky: form.sticky,
    rateLimit: rate === undefined ? undefined : {
      rate,
      ...(form.window.trim() ? { window: form.window.trim() } : {}),
      ...(burst === undefined ? {} : { burstMultiplier: burst }),
    },
    breaker: numbers(form.breaker, "breaker"),
    priorities: Object.keys(priorities).length > 0 ? priorities : undefined,
    labels: map(form.labels, "labels", (value) => value),
    weights: map(form.weights, "weights", (value) => number(value, "weights")),
    backups: backups.length > 0 ? backups : undefined,
  };
  return { service: Object.fromEntries(Object.entries(service).filter(([, value]) => value !== undefined)), faults };
}
