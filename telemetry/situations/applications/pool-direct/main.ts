// pg-pool used directly, with a pool whose connections are all in use. Each query belongs to the request that issued it.
import Fastify from 'fastify';
import pg from 'pg';
import Pool from 'pg-pool';

const one = new Pool({ max: 1 });
const own = new pg.Pool({ max: 1, connectionTimeoutMillis: 10_000 });
const exhausted = new pg.Pool({ max: 1, connectionTimeoutMillis: 2_000 });
const app = Fastify();
app.get('/promise', async () => (await one.query('SELECT 1 AS n')).rows);
app.get('/callback', (_request, reply) => {
  own.query('SELECT 2 AS n', (_error: Error, result: pg.QueryResult) => reply.send(result.rows));
});
app.get('/connect', async () => {
  const client = await one.connect();
  try {
    await client.query('BEGIN');
    const { rows } = await client.query('SELECT 3 AS n');
    await client.query('COMMIT');
    return rows;
  } finally {
    client.release();
  }
});
app.get('/connect-callback', (_request, reply) => {
  own.connect((_error, client, release) => {
    client?.query('SELECT 4 AS n', (_failure, result) => {
      release();
      reply.send(result.rows);
    });
  });
});
app.get('/exhausted', async () => {
  const client = await exhausted.connect();
  try {
    return await exhausted.query('SELECT 5').catch((error: Error) => error.message);
  } finally {
    client.release();
  }
});
const base = await app.listen({ port: 0 });
const paths = ['/promise', '/callback', '/connect', '/connect-callback'].flatMap((path) => [path, path, path, path]);
const answers = await Promise.all(paths.map(async (path) => `${path} ${await (await fetch(base + path)).text()}`));
console.log(answers.join('\n'));
console.log((await app.inject('/exhausted')).body);
await Promise.all([one.end(), own.end(), exhausted.end()]);
await app.close();
