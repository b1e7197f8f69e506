// A queue in PostgreSQL: requests send jobs, and a poller started earlier processes them.
import Fastify from 'fastify';
import { PgBoss } from 'pg-boss';
import { mark } from '../../support/mark.ts';

const { PGHOST: host = '', PGPORT = '', PGUSER: user = '', PGPASSWORD: password = '', PGDATABASE: database = '' } = process.env;
const boss = new PgBoss({ host, port: Number(PGPORT), user, password, database, max: 2 });
boss.on('error', (error) => console.log('error', error.message));
await boss.start();
await boss.createQueue('letters');
const { promise: worked, resolve } = Promise.withResolvers<unknown>();
await boss.work('letters', { pollingIntervalSeconds: 0.5 }, async (jobs) => {
  mark('job');
  resolve(jobs.map(({ data }) => data));
});
const app = Fastify();
app.post('/letters', async () => {
  mark('handler');
  return (await boss.send('letters', { to: 'secret-ann' })) ? 'sent' : 'not sent';
});
console.log((await app.inject({ method: 'POST', url: '/letters' })).body);
console.log(await worked);
await boss.stop({ graceful: true, timeout: 5_000 });
await app.close();
