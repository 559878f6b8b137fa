// Clock, body and pacing of all producers here. "ts" is CLOCK_MONOTONIC in ms: one clock for all processes of the machine.
export const nowMs = () => Number(process.hrtime.bigint()) / 1e6;
export const env = (name, otherwise) => process.env[name] ?? otherwise;
const LENGTH = 250;
const PAD = 'x'.repeat(LENGTH);
export function body(i, warm) {
  const head = `{"id":"job-${String(i).padStart(8, '0')}","ts":${nowMs().toFixed(3)},"w":${warm},"p":${i & 3},"kind":"render","tenant":"acme-7","pad":"`;
  return head + PAD.slice(0, LENGTH - head.length - 2) + '"}';
}
const sleep = ms => new Promise(done => setTimeout(done, ms));
// Runs MODE=single|batch|rate with a system's calls, and prints one line of JSON.
export async function produce({ one, many }) {
  const mode = env('MODE', 'single'), n = +env('N'), size = +env('BATCH', 1000), warm = +env('WARM', 0);
  const cpu = process.cpuUsage(), began = performance.now();
  let late = 0;
  if (mode === 'single') for (let i = 0; i < n; i++) await one(i, body(i, warm));
  else if (mode === 'batch') for (let i = 0; i < n; i += size) {
    await many(Array.from({ length: Math.min(size, n - i) }, (_, k) => [i + k, body(i + k, warm)]));
  } else {
    const rate = +env('RATE'), all = [];
    for (let i = 0; i < n; i++) {
      const ahead = began + i * 1000 / rate - performance.now();
      if (ahead > 0) await sleep(ahead); else if (ahead < -5) late++;
      all.push(one(i, body(i, warm)));
    }
    await Promise.all(all);
  }
  const used = process.cpuUsage(cpu);
  console.log(JSON.stringify({ n, secs: (performance.now() - began) / 1000, cpu: (used.user + used.system) / 1e6, late }));
}
