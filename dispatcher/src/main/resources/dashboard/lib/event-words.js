// What happened, in words. Pure. An event of a kind that is not known here shows its data.

const KINDS = {
  node_registered: ["info", "plus", (d) => `node ${d.node} ${d.replaced ? "registered anew" : "registered"}${d.url ? ` at ${d.url}` : ""}`],
  node_removed: ["plain", "trash", (d) => `node ${d.node ?? d.id} removed`],
  node_health_changed: ["warn", "nodes", (d) => `node ${d.node ?? d.id} is ${d.to ?? d.state ?? d.health ?? "changed"}${d.from ? `, was ${d.from}` : ""}`],
  node_drained: ["warn", "drain", (d) => `node ${d.node ?? d.id} drains`],
  node_resumed: ["good", "play", (d) => `node ${d.node ?? d.id} is back in service`],
  breaker_opened: ["bad", "stop", (d) => `breaker of ${d.node}${d.service ? ` for ${d.service}` : ""} opened`],
  breaker_half_opened: ["warn", "half", (d) => `breaker of ${d.node}${d.service ? ` for ${d.service}` : ""} tries again`],
  breaker_closed: ["good", "ok", (d) => `breaker of ${d.node}${d.service ? ` for ${d.service}` : ""} closed`],
  strategy_changed: ["info", "services", (d) => `service ${d.service} now chooses by ${d.to ?? "the default"}, before by ${d.from ?? "the default"}`],
  service_changed: ["info", "services", (d) => `settings of service ${d.service} ${d.removed ? "forgotten" : "changed"}`],
  request_dead: ["bad", "skull", (d) => `${d.id ? `request ${d.id}` : `${d.count} more requests`}${d.service ? ` of ${d.service}/${d.priority}` : ""} dead${d.reason ? `: ${d.reason}` : ""}${d.node ? ` at ${d.node}` : ""}${d.attempts ? `, attempt ${d.attempts}` : ""}`],
  queue_paused: ["warn", "pause", (d) => `${d.service}/${d.priority} paused`],
  queue_resumed: ["good", "play", (d) => `${d.service}/${d.priority} resumed`],
  queue_full: ["bad", "warn", (d) => `${d.service}/${d.priority} is full${d.maxSize ? ` at ${d.maxSize}` : ""}: new requests are refused`],
  queue_purged: ["warn", "trash", (d) => `${d.service}/${d.priority} purged${d.purged !== undefined ? `, ${d.purged} requests` : ""}`],
  replica_started: ["info", "replicas", (d) => `replica ${d.replica ?? d.id ?? ""} started${d.version ? `, version ${d.version}` : ""}`],
  replica_ended: ["warn", "replicas", (d) => `replica ${d.replica} ${d.orderly === false ? "is gone: its requests go to the others" : "ended"}`],
  figures: ["plain", "events", (d) => `figures${d.waiting !== undefined ? `: ${d.waiting} waiting, ${d.inFlight ?? 0} in flight` : ""}`],
};

export const EVENT_TYPES = Object.keys(KINDS);

/** @returns {{tone: string, icon: string, text: string}} */
export function eventWords(event) {
  const data = event.event_data ?? {};
  const kind = KINDS[event.event_type];
  if (!kind) return { tone: "plain", icon: "events", text: `${event.event_type} ${JSON.stringify(data)}` };
  return { tone: kind[0], icon: kind[1], text: kind[2](data) };
}

/** Where its subject is shown, as path parts, or null. */
export function eventPath(event) {
  const data = event.event_data ?? {};
  const type = event.event_type;
  if (type === "request_dead") return data.id ? ["requests", data.id] : null;
  if (type.startsWith("queue_")) return data.service && data.priority ? ["queues", data.service, data.priority] : null;
  if (type.startsWith("node_") || type.startsWith("breaker_")) return data.node ?? data.id ? ["nodes", data.node ?? data.id] : null;
  if (type === "strategy_changed" || type === "service_changed") return data.service ?? data.name ? ["services", data.service ?? data.name] : null;
  return null;
}
