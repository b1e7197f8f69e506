import Fastify from 'fastify';
import pg from 'pg';

const port = Number(process.env.PORT);
const pool = new pg.Pool();
const app = Fastify({ logger: true });
app.addHook('onClose', () => pool.end());

app.post('/orders', async (request, reply) => {
  request.log.info('order received');
  const { rows } = await pool.query('INSERT INTO orders (item) VALUES ($1) RETURNING id', [request.body.item]);
  const response = await fetch(`http://127.0.0.1:${port}/orders/${rows[0].id}`);
  return reply.code(201).send(await response.json());
});

app.get('/orders/:id', async (request) => {
  request.log.info('order read');
  return { id: request.params.id };
});

process.once('SIGTERM', () => app.close());
await app.listen({ port, host: '127.0.0.1' });
