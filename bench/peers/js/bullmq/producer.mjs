import { Queue } from 'bullmq';
import { produce, env } from '../body.mjs';
const q = new Queue('jobs', { connection: { host: '127.0.0.1', port: +env('REDIS_PORT') }, defaultJobOptions: { removeOnComplete: true } });
await q.waitUntilReady();
await produce({
  one: (i, b) => q.add('f', b, { priority: (i & 3) + 1 }),
  many: a => q.addBulk(a.map(([i, b]) => ({ name: 'f', data: b, opts: { priority: (i & 3) + 1 } }))),
});
await q.close(); process.exit(0);
