import Fastify from 'fastify';
import pg from 'pg';
import { ask } from '../../support/client.ts';

const app = Fastify();
app.get('/', async () => 'ok');
console.log(typeof pg.Pool, (await ask(await app.listen({ port: 0 }))).body);
await app.close();
