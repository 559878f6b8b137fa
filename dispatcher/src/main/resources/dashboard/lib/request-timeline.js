// What happened to a request and how long each part took, from GET /v1/requests/{id} and .../why. Pure.

/** What a person reads for the word on record. */
const CAUSES = {
  succeeded: "succeeded",
  status: "the node answered with an error",
  timeout: "no answer in time",
  "broken-connection": "the connection broke",
  unsendable: "it cannot be sent",
  "retry-after": "the node asked to wait",
  "lease-lost": "its replica went silent",
  "ticket-lost": "its place was lost and found again",
  operator: "sent again by an operator",
};

/** The gap before now, by the reason that `why` gives. */
const WAITS = {
  paused: "queue paused",
  "rate-limit": "rate-limited",
  breaker: "breakers open",
  "no-node": "no node can serve it",
  concurrency: "every slot taken",
  "max-in-flight": "the replica is full",
  behind: "queued",
  delayed: "delayed",
  retry: "backoff",
  sticky: "queued",
};

export const causeWords = (cause) => CAUSES[cause] ?? String(cause ?? "").replaceAll("-", " ");

const ms = (time) => (time === null || time === undefined ? NaN : typeof time === "number" ? time : Date.parse(time));

/**
 * @param request as GET /v1/requests/{id} has it
 * @param why as .../why has it, or null
 * @returns {{kind: "event"|"gap", name: string, text: string, atMs: number, forMs: number, tone: string}[]} oldest first;
 *   gaps of no time are left out; forMs of a gap that goes on is until now, and `open` is true
 */
export function timeline(request, why, nowMs) {
  const steps = [];
  const began = ms(request.enqueuedAt);
  if (!Number.isFinite(began)) return steps;
  let at = began;
  let waits = "queued";
  const event = (name, text, atMs, tone = "") => steps.push({ kind: "event", name, text, atMs, forMs: 0, tone });
  const gap = (name, text, until, tone = "waits", open = false) => {
    // clocks of several machines: a step back is no gap
    const forMs = Math.max(0, until - at);
    if (forMs > 0 || open) steps.push({ kind: "gap", name, text, atMs: at, forMs, tone, open });
    at = Math.max(at, until);
  };
  event("enqueued", `${request.service}/${request.priority}`, began);
  for (const entry of request.history ?? []) {
    const when = ms(entry.at);
    if (entry.node) {
      gap(waits, "", when);
      event("sent", `attempt ${entry.attempt} to ${entry.node}`, at);
      gap("at the node", entry.node, when + (entry.ms ?? 0), "works");
      const good = entry.cause === "succeeded";
      const said = entry.status ? `HTTP ${entry.status}` : (entry.error ?? causeWords(entry.cause));
      event(entry.status ? "answered" : "failed", said, at, good ? "good" : "bad");
      waits = "backoff";
    } else if (entry.cause === "operator") {
      gap("dead", "until an operator had it tried again", when, "ended");
      event("redriven", `by an operator, after attempt ${entry.attempt}`, at);
      waits = "queued";
    } else {
      gap("waiting for a lease to end", "", when);
      event(causeWords(entry.cause) || "lost", `attempt ${entry.attempt}`, at, "bad");
      waits = "queued";
    }
  }
  end(request, why, nowMs, { event, gap, waits, at: () => at });
  return steps;
}

function end(request, why, nowMs, { event, gap, waits, at }) {
  const settled = ms(request.settledAt);
  if (Number.isFinite(settled)) {
    const early = ["cancelled", "expired"].includes(request.state);
    if (early || settled - at() > 20) gap(early ? waits : "settling", "", settled); // a few ms are no news
    const tone = { succeeded: "good", dead: "bad", expired: "bad" }[request.state] ?? "";
    event(request.state, request.error?.message ?? "", Math.max(at(), settled), tone);
    return;
  }
  if (request.state === "in-flight") {
    const flight = (why?.attempts ?? []).at(-1);
    const sent = flight?.ms === undefined ? ms(flight?.at) : NaN;
    if (Number.isFinite(sent)) {
      gap(waits, "", sent);
      event("sent", `attempt ${flight.attempt} to ${flight.node}`, at());
    }
    gap("at the node", request.node ?? flight?.node ?? "", Math.max(nowMs, at()), "works", true);
    return;
  }
  const due = ms(request.dueAt);
  if (request.state === "scheduled" && Number.isFinite(due)) {
    gap(WAITS[why?.reason] ?? waits, "", Math.max(nowMs, at()), "waits", true);
    event("due", "", Math.max(due, at()), "later");
    return;
  }
  gap(WAITS[why?.reason] ?? waits, request.position ? `position ${request.position}` : "", Math.max(nowMs, at()), "waits", true);
}

/** Gaps with their share of the whole, for a bar; shares add up to 1. */
export function shares(steps) {
  const gaps = steps.filter((step) => step.kind === "gap" && step.forMs > 0);
  const whole = gaps.reduce((sum, step) => sum + step.forMs, 0);
  return gaps.map((step) => ({ ...step, share: step.forMs / whole }));
}
