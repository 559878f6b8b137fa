// Three nodes that compute how long ago a body was made: time of receipt minus its "ts".
import http from 'node:http';
const ports = process.env.NODE_PORTS.split(',').map(Number);
// CLOCK_MONOTONIC: one clock for all processes of the machine (the wall clock may be slewed)
const now = () => Number(process.hrtime.bigint()) / 1e6;
let latencies, warm, seen, dup;
const forget = () => { latencies = []; warm = 0; seen = new Set(); dup = 0; };
forget();
const node = (request, response) => {
  const at = now();
  let body = '';
  request.on('data', piece => { body += piece; });
  request.on('end', () => {
    const job = JSON.parse(body);
    if (job.w) warm++;
    else { latencies.push(at - job.ts); if (seen.has(job.id)) dup++; seen.add(job.id); }
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': 15 });
    response.end('{"status":"ok"}');
  });
};
for (const port of ports) {
  const server = http.createServer(node);
  server.keepAliveTimeout = 3600e3;
  server.listen(port, '127.0.0.1', 4096);
}
http.createServer((request, response) => {
  if (request.method === 'DELETE') forget();
  const sorted = Float64Array.from(latencies).sort();
  const at = share => sorted.length ? +sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(3) : null;
  response.end(JSON.stringify({ warm, count: sorted.length, dup, p50: at(.5), p90: at(.9), p99: at(.99), p999: at(.999), max: at(1) }));
}).listen(+process.env.STATUS_PORT, '127.0.0.1');
