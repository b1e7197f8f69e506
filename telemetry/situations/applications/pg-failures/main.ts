// Queries that fail in the database or before they reach it. Error messages of the database may contain values.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import Fastify, { type RouteHandlerMethod } from 'fastify';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';

const pool = new pg.Pool({ max: 2 });
pool.on('error', () => {});
await pool.query('CREATE TABLE users (email text UNIQUE, age int)');
const app = Fastify();
const facts = (error: any) => ({
  name: error.name,
  code: error.code,
  message: error.message?.replace(/:\d+$/, ''),
  own: Object.keys(error).length,
});
const failing = (query: () => Promise<unknown>) => query().then(() => 'did not fail', facts);

async function withClient<Result>(use: (client: any) => Promise<Result>): Promise<Result> {
  const client = await pool.connect();
  client.on('error', () => {});
  try {
    return await use(client);
  } finally {
    client.release(true);
  }
}
const routes: Record<string, RouteHandlerMethod> = {
  value: () => failing(() => pool.query('SELECT $1::int AS n', ['secret-value'])),
  literal: () => failing(() => pool.query("SELECT 'secret-literal'::int")),
  unique: async () => {
    await pool.query("INSERT INTO users VALUES ('secret-email', 1)");
    return failing(() => pool.query('INSERT INTO users VALUES ($1, 2)', ['secret-email']));
  },
  syntax: () => failing(() => pool.query("SELEC 'secret-syntax' FROM users")),
  refused: async () => {
    const client = new pg.Client({ host: '127.0.0.1', port: 1 });
    const connected = client.connect().catch(facts);
    return [await failing(() => client.query('SELECT 1')), await connected];
  },
  terminated: () =>
    withClient(async (client) => {
      const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
      const query = failing(() => client.query('SELECT pg_sleep(20)'));
      await pool.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
      return query;
    }),
  'statement-timeout': () =>
    withClient(async (client) => {
      await client.query('SET statement_timeout = 20');
      return failing(() => client.query('SELECT pg_sleep(20)'));
    }),
  cursor: () => withClient((client) => failing(() => client.query(new Cursor('SELECT * FROM nowhere')).read(1))),
  stream: () => withClient((client) => failing(() => client.query(new QueryStream('SELECT * FROM nowhere')).toArray())),
  'stream-destroyed': () =>
    withClient(async (client) => {
      const stream = client.query(new QueryStream('SELECT generate_series(1, 100000) AS n', [], { batchSize: 10 }));
      const closed = new Promise((resolve) => stream.once('close', resolve));
      for await (const _row of stream) break;
      await closed;
      return 'left early';
    }),
  copy: () =>
    withClient((client) =>
      failing(() => pipeline(Readable.from(['secret-copy\tno number\n']), client.query(copyFrom('COPY users FROM STDIN')))),
    ),
  ended: async () => {
    const client = new pg.Client();
    await client.connect();
    await client.end();
    return failing(() => client.query('SELECT 1'));
  },
};
for (const [path, handler] of Object.entries(routes)) app.get(`/${path}`, handler);
for (const path of Object.keys(routes)) console.log(path, (await app.inject(`/${path}`)).body);
await pool.end();
await app.close();
