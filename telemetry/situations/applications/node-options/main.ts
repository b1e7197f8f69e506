import Fastify from 'fastify';
import pg from 'pg';
import { sendRequest } from '../../support/client.ts';

const app = Fastify();
app.get('/', async () => 'ok');
console.log(typeof pg.Pool, (await sendRequest(await app.listen({ port: 0 }))).body);
await app.close();
