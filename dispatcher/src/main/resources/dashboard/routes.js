// All pages: what address shows which module, and what stands in the navigation. A page is a module in pages/ whose
// default export is a component; it gets `params` (the parts of the path) and finds the rest in useQuery().
// Modules load when they are first needed.

/** @typedef {{path: string, load: () => Promise<{default: Function}>, nav?: string}} Route nav: the entry that is current */

/** @type {Route[]} */
export const routes = [
  { path: "/", nav: "overview", load: () => import("./pages/overview.js") },
  { path: "/queues", nav: "queues", load: () => import("./pages/queues.js") },
  { path: "/queues/:service/:priority", nav: "queues", load: () => import("./pages/queue.js") },
  { path: "/requests", nav: "requests", load: () => import("./pages/requests.js") },
  { path: "/requests/:id", nav: "requests", load: () => import("./pages/request.js") },
  { path: "/dead", nav: "dead", load: () => import("./pages/dead.js") },
  { path: "/nodes", nav: "nodes", load: () => import("./pages/nodes.js") },
  { path: "/nodes/:id", nav: "nodes", load: () => import("./pages/node.js") },
  { path: "/services", nav: "services", load: () => import("./pages/services.js") },
  { path: "/services/:name", nav: "services", load: () => import("./pages/service.js") },
  { path: "/replicas", nav: "replicas", load: () => import("./pages/replicas.js") },
  { path: "/events", nav: "events", load: () => import("./pages/events.js") },
  { path: "/settings", nav: "settings", load: () => import("./pages/settings.js") },
];

/** The navigation, and the letter after `g` that goes there. `figure` is shown beside the name when it is not 0. */
export const navigation = [
  { name: "overview", label: "Overview", path: "/", key: "o" },
  { name: "queues", label: "Queues", path: "/queues", key: "q", figure: (overview) => overview.totals.waiting },
  { name: "requests", label: "Requests", path: "/requests", key: "r" },
  { name: "dead", label: "Dead", path: "/dead", key: "d", figure: (overview) => overview.totals.dead, alarming: true },
  { name: "nodes", label: "Nodes", path: "/nodes", key: "n" },
  { name: "services", label: "Services", path: "/services", key: "s" },
  { name: "replicas", label: "Replicas", path: "/replicas", key: "p" },
  { name: "events", label: "Events", path: "/events", key: "e" },
  { name: "settings", label: "Settings", path: "/settings", key: "t" },
];
