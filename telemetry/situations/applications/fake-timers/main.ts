// Fake timers and a fake clock, as in tests.
import { mock } from 'node:test';
import Fastify from 'fastify';

mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'setImmediate', 'Date'], now: 1_000 });
const app = Fastify({ logger: true });
app.get('/', async () => new Date().toISOString());
const { body } = await app.inject('/');
console.log(body === new Date(1_000).toISOString());
mock.timers.tick(60_000);
await app.close();
mock.timers.reset();
