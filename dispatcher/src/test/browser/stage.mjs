// What the browser checks stand on: nodes that behave as told, requests in every state, and a proxy in front.

import http from "node:http";

/** Waits for something to become true; far longer than a busy machine needs. */
export async function until(what, condition, limitMs = 90_000) {
  const end = Date.now() + limitMs;
  let last;
  while (Date.now() < end) {
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`not within ${limitMs} ms: ${what}${last ? ` (${last.message})` : ""}`);
}

/** The API of a server, with errors in words. */
export function apiOf(base) {
  const call = async (method, path, body, headers = {}) => {
    const response = await fetch(base + path, {
      method,
      headers: { ...(body === undefined ? {} : { "Content-Type": "application/json" }), ...headers },
      body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 300)}`);
    return text ? JSON.parse(text) : null;
  };
  return {
    base,
    get: (path) => call("GET", path),
    post: (path, body = {}, headers) => call("POST", path, body, headers),
    put: (path, body) => call("PUT", path, body),
    del: (path) => call("DELETE", path),
  };
}

/** An HTTP server on a free port of loopback. */
async function listen(handler) {
  const server = http.createServer(handler);
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { server, url: `http://127.0.0.1:${server.address().port}` };
}

/** A node. What a request's path says is what it does: /status/503, /slow/1000, /hold; else it echoes. */
export async function startNode() {
  const held = new Set();
  const { server, url } = await listen((request, response) => {
    const chunks = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", async () => {
      const [, what, value] = request.url.split(/[/?]/);
      if (what === "hold") {
        held.add(response);
        response.on("close", () => held.delete(response));
        return;
      }
      if (what === "slow") await new Promise((done) => setTimeout(done, Number(value)));
      const status = what === "status" ? Number(value) : 200;
      if (what === "bytes") {
        response.writeHead(200, { "Content-Type": "application/octet-stream" });
        response.end(Buffer.from(Array.from({ length: 300 }, (_, i) => i % 256)));
        return;
      }
      const said = status < 400 ? "done" : `the disk of ${request.headers["x-instance-id"]} is full`;
      response.writeHead(status, { "Content-Type": "application/json" });
      response.end(`{"result":"${said}","serial":12345678901234567890,"bytes":${Buffer.concat(chunks).length}}`);
    });
  });
  return {
    url,
    release() {
      for (const response of held) response.writeHead(200).end("{}");
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/**
 * A proxy in front of a server, that can be told to strip a path, to be away, and to refuse streaming.
 * @param prefix such as "/a/b", "" for none
 */
export async function startProxy(target, prefix = "") {
  const state = { target, away: false, streams: true };
  const open = new Set();
  const { server, url } = await listen((request, response) => {
    const path = request.url.startsWith(prefix) ? request.url.slice(prefix.length) || "/" : null;
    if (state.away) {
      request.socket.destroy();
      return;
    }
    if (path === null || (!state.streams && /^\/v1\/(stream|events)/.test(path))) {
      response.writeHead(path === null ? 404 : 501).end();
      return;
    }
    const to = new URL(state.target + path);
    const passed = http.request(to, { method: request.method, headers: { ...request.headers } }, (answer) => {
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    passed.on("error", () => response.destroy());
    response.on("close", () => passed.destroy());
    request.pipe(passed);
  });
  server.on("connection", (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  return {
    url: `${url}${prefix}/`,
    port: server.address().port,
    /** Cuts what is open and refuses what comes, until back(). */
    away() {
      state.away = true;
      for (const socket of open) socket.destroy();
    },
    back(newTarget = state.target) {
      state.target = newTarget;
      state.away = false;
    },
    streams(on) {
      state.streams = on;
      for (const socket of open) socket.destroy();
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Two nodes and requests in every state; the ids are part of what checks look for. */
export async function seed(api) {
  const nodes = [await startNode(), await startNode()];
  await api.put("/v1/nodes/nuc", { url: nodes[0].url, services: ["default", "media"], labels: { room: "cellar" }, maxConnections: 8 });
  await api.put("/v1/nodes/pi-4", { url: nodes[1].url, services: ["default", "mail"], weight: 0.5, maxConnections: 4 });
  await api.post("/v1/nodes/nuc/report", { cpu: 0.42, memory: 0.61, io: 0.08, cores: 8, connections: 3 });
  await api.post("/v1/nodes/pi-4/report", { cpu: 0.86, memory: 0.35, io: 0.3, cores: 4, connections: 1 });
  const enqueue = (id, fields = {}) => api.post("/v1/requests", { id, ...fields });
  const state = async (id) => (await api.get(`/v1/requests/${id}`)).state;
  await api.post("/v1/queues/default/low/pause");
  const waits = [];
  const expect = (id, wanted) => waits.push(until(`${id} is ${wanted}`, async () => (await state(id)) === wanted));
  for (let i = 1; i <= 6; i++) {
    await enqueue(`done-${i}`, { priority: ["critical", "high", "normal"][i % 3], path: `/ok/${i}`, body: { n: i } });
    expect(`done-${i}`, "succeeded");
  }
  await enqueue("done-bytes", { priority: "normal", path: "/bytes/1", bodyBase64: "AAECA/8=", service: "media" });
  expect("done-bytes", "succeeded");
  for (let i = 1; i <= 3; i++) {
    await enqueue(`gone-${i}`, { priority: "normal", path: "/status/404", maxRetries: 0, body: { file: `/photos/${i}.jpg` } });
    expect(`gone-${i}`, "dead");
  }
  for (let i = 1; i <= 2; i++) {
    await enqueue(`full-${i}`, {
      priority: "high", path: "/status/500?part=" + i, maxRetries: 1, headers: { "X-Api-Key": "hush", "X-Trace": "it's" },
      bodyText: '{"serial":12345678901234567890,"ratio":1.0,"name":"O\'Brien"}',
    });
    expect(`full-${i}`, "dead");
  }
  await enqueue("slow-1", { service: "mail", priority: "normal", path: "/slow/60000", timeoutMs: 300, maxRetries: 0 });
  expect("slow-1", "dead");
  for (let i = 1; i <= 4; i++) await enqueue(`waits-${i}`, { priority: "low", path: `/nightly/${i}`, body: { n: i } });
  await enqueue("later-1", { priority: "normal", delayMs: 3_600_000, path: "/morning" });
  await enqueue("flying-1", { service: "media", priority: "high", path: "/hold", timeoutMs: 3_600_000 });
  expect("flying-1", "in-flight");
  await enqueue("nowhere-1", { service: "gpu", priority: "normal", path: "/render" });
  await enqueue("called-off", { priority: "low", path: "/nightly/9" });
  await api.del("/v1/requests/called-off");
  await Promise.all(waits);
  return { nodes, close: () => nodes.forEach((node) => node.close()) };
}

/** Many waiting requests of one paused queue, as quickly as they go. */
export async function seedMany(api, count) {
  await api.post("/v1/queues/bulk/normal/pause");
  const priority = "normal";
  for (let from = 0; from < count; from += 1000) {
    const batch = Array.from({ length: Math.min(1000, count - from) }, (_, i) => ({
      id: `many-${String(from + i).padStart(6, "0")}`, service: "bulk", priority, path: `/p/${(from + i) % 7}`,
    }));
    const answer = await api.post("/v1/requests/batch", batch);
    if (answer.rejected) throw new Error(`${answer.rejected} of ${batch.length} were rejected: ${JSON.stringify(answer.results.find((each) => each.error))}`);
  }
}
