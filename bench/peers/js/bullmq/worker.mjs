import { Worker } from 'bullmq';
import { Pool } from 'undici';
const slots = +process.env.CONC;
const pools = process.env.NODES.split(',').map(url => new Pool(url, { connections: Math.ceil(slots / 3) + 1, pipelining: 1 }));
const headers = { 'content-type': 'application/json' };
let turn = 0;
const worker = new Worker('jobs', async job => {
  const answer = await pools[turn++ % 3].request({ path: '/job', method: 'POST', headers, body: job.data });
  await answer.body.dump();
  if (answer.statusCode !== 200) throw new Error('status ' + answer.statusCode);
}, { connection: { host: '127.0.0.1', port: +process.env.REDIS_PORT }, concurrency: slots, removeOnComplete: { count: 0 } });
worker.on('error', e => console.error('worker', e));
worker.on('failed', (job, e) => console.error('failed', e.message));
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
