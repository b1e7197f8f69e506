// Statements with inlined values, as pg-promise writes them: half a megabyte long, with text that looks like an unterminated comment or string.
import Fastify from 'fastify';
import pgPromise from 'pg-promise';

const pgp = pgPromise();
const db = pgp({
  host: process.env.PGHOST as string,
  port: Number(process.env.PGPORT),
  user: process.env.PGUSER as string,
  password: process.env.PGPASSWORD as string,
  database: process.env.PGDATABASE as string,
});
const app = Fastify({ bodyLimit: 10_000_000 });
await db.none('CREATE TABLE bulk (id int, note text)');
const columns = new pgp.helpers.ColumnSet(['id', 'note'], { table: 'bulk' });
app.post('/notes', async (request) => db.one('SELECT length($<note>) AS length', request.body));
app.post('/bulk', async () => {
  const rows = Array.from({ length: 2_000 }, (_, id) => ({ id, note: Math.random().toString(36).repeat(10) }));
  await db.none(pgp.helpers.insert(rows, columns));
  return 'inserted';
});
const heapMiB = () => {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

for (const text of ['/* ', '/*', "''", '-- \n', '$a$', '\\', '((', '"', "E'\\''"]) {
  const { statusCode, body } = await app.inject({
    method: 'POST',
    url: '/notes',
    payload: { note: text.repeat(500_000 / text.length) },
  });
  console.log(JSON.stringify(text), statusCode, body);
}
for (let n = 0; n < 20; n++) await app.inject({ method: 'POST', url: '/bulk' });
const before = heapMiB();
for (let n = 0; n < 60; n++) await app.inject({ method: 'POST', url: '/bulk' });
await new Promise((resolve) => setTimeout(resolve, 1_500)); // what is queued is sent
console.log(heapMiB() - before < 10 ? 'the heap is flat' : 'the heap grows');
await db.none('DROP TABLE bulk');
pgp.end();
await app.close();
