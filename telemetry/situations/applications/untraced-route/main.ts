// A route for health checks, with `config: { otel: false }`.
import Fastify from 'fastify';
import pg from 'pg';
import { sendRequest } from '../../support/client.ts';
import { mark } from '../../support/mark.ts';

const pool = new pg.Pool();
const app = Fastify({ logger: true });
app.get('/healthz', { config: { otel: false } as never }, async (request) => {
  mark('health');
  await pool.query('SELECT 1');
  request.log.info('healthy');
  return (await sendRequest(`${base}/inner`)).body;
});
app.get('/inner', async () => {
  mark('inner');
  return 'ok';
});
const base = await app.listen({ port: 0 });
console.log((await sendRequest(`${base}/healthz`)).body);
await pool.end();
await app.close();
