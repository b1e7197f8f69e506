// The service that is measured: a request is one query and three log lines. Its parent process learns its port, asks for its CPU time, and ends it.
import Fastify from 'fastify';
import pg from 'pg';

const pool = new pg.Pool({ max: 8 });
const app = Fastify({ logger: true });
app.get<{ Params: { id: string } }>('/orders/:id', async ({ log, params }) => {
  log.info('order read');
  const { rows } = await pool.query('SELECT $1::int AS id, now() AS read_at', [params.id]);
  return rows[0];
});

process.on('message', (message) => {
  if (message === 'exit') process.exit(0);
  if (message === 'crash') throw new Error('crash');
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuUs: user + system });
});
process.send?.({ url: await app.listen({ port: 0, host: '127.0.0.1' }) });
