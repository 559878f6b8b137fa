// Enqueues at Yardmaster through one of its doors: DOOR=redis (FCALL, with the client that BullMQ has too) or rest.
import { env, produce } from '../body.mjs';
const priorities = ['critical', 'high', 'normal', 'low'];
let one, close;
if (env('DOOR', 'redis') === 'redis') {
  const { Redis } = await import('ioredis');
  const redis = new Redis({ host: '127.0.0.1', port: +env('REDIS_PORT') });
  one = async (i, body) => {
    const [code, detail] = await redis.call('FCALL', 'yard_enqueue', 1, '{yard:0}', 'BODY', body, 'PATH', '/job',
      'PRIORITY', priorities[i & 3]);
    if (code !== 'queued') throw new Error(`${code} ${detail}`);
  };
  close = () => redis.disconnect();
} else {
  const { Pool } = await import('undici');
  const pool = new Pool(env('URL'), { connections: 8, pipelining: 1 });
  const headers = { 'content-type': 'application/json' };
  one = async (i, body) => {
    const answer = await pool.request({ path: '/v1/requests', method: 'POST', headers,
      body: `{"path":"/job","priority":"${priorities[i & 3]}","body":${body}}` });
    await answer.body.dump();
    if (answer.statusCode !== 202) throw new Error(`status ${answer.statusCode}`);
  };
  close = () => pool.destroy();
}
await produce({ one });
await close();
process.exit(0);
