// LISTEN in one request with notifications long after it, and a request whose client was connected by another one.
import { once } from 'node:events';
import Fastify from 'fastify';
import pg from 'pg';
import { mark } from '../../support/mark.ts';

const listener = new pg.Client();
const pool = new pg.Pool({ max: 1, idleTimeoutMillis: 100 });
pool.on('connect', () => mark('pool connect'));
pool.on('remove', () => {
  mark('pool remove');
  console.log('removed');
});
const removed = once(pool, 'remove');
const queries: Promise<unknown>[] = [];
const app = Fastify();
app.get('/subscribe', async () => {
  await listener.connect();
  listener.on('notification', ({ payload }) => {
    mark(`notification ${payload}`);
    queries.push(listener.query('SELECT 1')); // outside of a span: it has none
  });
  listener.on('notice', () => mark('notice'));
  await listener.query('LISTEN news');
  return 'subscribed';
});
app.get('/notify', async () => {
  await pool.query("SELECT pg_notify('news', 'hello')");
  return 'notified';
});

console.log((await app.inject('/subscribe')).body);
const notified = once(listener, 'notification');
console.log((await app.inject('/notify')).body);
await notified;
const other = new pg.Client();
await other.connect();
const again = once(listener, 'notification');
await other.query("NOTIFY news, 'again'");
await again;
await removed;
await Promise.all(queries); // end() would terminate one that is running
await other.end();
await listener.end();
await pool.end();
await app.close();
