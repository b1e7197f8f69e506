// Each kind of pg query, in its own request.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import Fastify, { type RouteHandlerMethod } from 'fastify';
import pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';

const pool = new pg.Pool({ max: 2 });
await pool.query('CREATE TABLE things (id int)');
const app = Fastify();

async function withClient<Result>(use: (client: any) => Promise<Result> | Result): Promise<Result> {
  const client = await pool.connect();
  try {
    return await use(client);
  } finally {
    client.release();
  }
}

const routes: Record<string, RouteHandlerMethod> = {
  promise: async () => (await pool.query('SELECT 1 AS n')).rows,
  values: async () => (await pool.query('SELECT $1::int AS n', [2])).rows,
  config: async () => (await pool.query({ text: 'SELECT 3 AS n', rowMode: 'array' })).rows,
  callback: (_request, reply) => {
    pool.query('SELECT 4 AS n', (_error: Error, result: any) => reply.send(result.rows));
  },
  'values-callback': (_request, reply) => {
    pool.query('SELECT $1::int AS n', [5], (_error: Error, result: any) => reply.send(result.rows));
  },
  'client-callback': (_request, reply) => {
    pool.connect((_error: any, client: any, release: any) => {
      client.query('SELECT 6 AS n', (_failure: Error, result: any) => {
        release();
        reply.send(result.rows);
      });
    });
  },
  'callback-in-config': () =>
    withClient(
      (client) =>
        new Promise((resolve) => client.query({ text: 'SELECT 7 AS n', callback: (_e: any, r: any) => resolve(r.rows) })),
    ),
  'query-object': () =>
    withClient(
      (client) => new Promise((resolve) => client.query(new pg.Query('SELECT 8 AS n', (_e: any, r: any) => resolve(r.rows)))),
    ),
  'query-events': () =>
    withClient(
      (client) =>
        new Promise((resolve) => {
          const rows: unknown[] = [];
          const query = client.query(new pg.Query('SELECT 9 AS n'));
          query.on('row', (row: unknown) => rows.push(row)).on('end', () => resolve(rows));
        }),
    ),
  prepared: () =>
    withClient(async (client) => {
      await client.query({ name: 'ten', text: 'SELECT $1::int AS n', values: [10] });
      return (await client.query({ name: 'ten', text: 'SELECT $1::int AS n', values: [11] })).rows;
    }),
  cursor: () =>
    withClient(async (client) => {
      const cursor = client.query(new Cursor('SELECT generate_series(1, 10) AS n'));
      const rows = [...(await cursor.read(3)), ...(await cursor.read(2))];
      await cursor.close();
      return rows;
    }),
  stream: () =>
    withClient(async (client) => (await client.query(new QueryStream('SELECT generate_series(1, 50) AS n')).toArray()).length),
  copy: () =>
    withClient(async (client) => {
      await pipeline(Readable.from(['1\n', '2\n']), client.query(copyFrom('COPY things FROM STDIN')));
      return { copied: Buffer.concat(await client.query(copyTo('COPY things TO STDOUT')).toArray()).toString() };
    }),
  several: async () => ((await pool.query('SELECT 1; SELECT 2')) as any).length,
  fails: async () =>
    pool.query('SELECT * FROM nowhere').catch((error) => ({ code: error.code, message: error.message, name: error.name })),
  'fails-callback': (_request, reply) => {
    pool.query('SELECT * FROM nowhere', (error: any) => reply.send({ code: error.code }));
  },
  'null-text': () =>
    withClient(async (client) => {
      try {
        return await client.query({ text: null });
      } catch (error: any) {
        return { name: error.name, message: error.message };
      }
    }),
  nothing: async () => {
    try {
      return await (pool as any).query(null);
    } catch (error: any) {
      return { name: error.name, message: error.message };
    }
  },
  'query-timeout': async () =>
    pool.query({ text: 'SELECT pg_sleep(20)', query_timeout: 50 } as any).catch((error) => error.message),
  waiting: async () => (await Promise.all([1, 2, 3, 4, 5].map((n) => pool.query('SELECT $1::int AS n', [n])))).length,
};
for (const [path, handler] of Object.entries(routes)) app.get(`/${path}`, handler);

for (const path of Object.keys(routes)) console.log(path, (await app.inject(`/${path}`)).body);
await pool.end();
await app.close();
