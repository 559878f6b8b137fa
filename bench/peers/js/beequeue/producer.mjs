import Queue from 'bee-queue';
import { produce, env } from '../body.mjs';
// bee-queue has no priorities: four queues
const redis = { host: '127.0.0.1', port: +env('REDIS_PORT') };
const q = [0, 1, 2, 3].map(p => new Queue('p' + p, { redis, isWorker: false, getEvents: false, sendEvents: false, storeJobs: false }));
await Promise.all(q.map(x => x.ready()));
await produce({
  one: (i, b) => q[i & 3].createJob(b).save(),
  many: a => Promise.all([0, 1, 2, 3].map(p => q[p].saveAll(a.filter(([i]) => (i & 3) === p).map(([, b]) => q[p].createJob(b))))),
});
process.exit(0);
