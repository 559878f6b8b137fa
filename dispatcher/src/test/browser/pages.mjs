// All pages of the dashboard with what stands in their heading; the ids are those of the seeded requests.

export const PAGES = [
  { name: "overview", hash: "#/", heading: "Overview" },
  { name: "queues", hash: "#/queues", heading: "Queues" },
  { name: "queue", hash: "#/queues/default/low", heading: "default" },
  { name: "requests", hash: "#/requests", heading: "Requests" },
  { name: "request", hash: "#/requests/full-1", heading: "full-1" },
  { name: "request-waiting", hash: "#/requests/later-1", heading: "later-1" },
  { name: "dead", hash: "#/dead", heading: "Dead" },
  { name: "nodes", hash: "#/nodes", heading: "Nodes" },
  { name: "node", hash: "#/nodes/nuc", heading: "nuc" },
  { name: "services", hash: "#/services", heading: "Services" },
  { name: "service", hash: "#/services/default", heading: "default" },
  { name: "replicas", hash: "#/replicas", heading: "Replicas" },
  { name: "events", hash: "#/events", heading: "Events" },
  { name: "settings", hash: "#/settings", heading: "Settings" },
];
