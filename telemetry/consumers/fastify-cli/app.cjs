const pg = require('pg');

module.exports = async function app(fastify, _options) {
  const pool = new pg.Pool();

  fastify.post('/orders', async (request, reply) => {
    request.log.info('order received');
    const { rows } = await pool.query('INSERT INTO orders (item) VALUES ($1) RETURNING id', [request.body.item]);
    const response = await fetch(`http://127.0.0.1:${process.env.PORT}/orders/${rows[0].id}`);
    return reply.code(201).send(await response.json());
  });

  fastify.get('/orders/:id', async (request) => {
    request.log.info('order read');
    return { id: request.params.id };
  });
};
