// Several instances in one long-running process, as in tests.
import Fastify from 'fastify';

// far longer than closing takes, but shorter than waiting for a delivery
const longest = () => new Promise((resolve) => setTimeout(resolve, 3_000, 'late').unref());

for (const n of [1, 2, 3]) {
  const app = Fastify({ logger: n === 3 });
  app.addHook('onClose', async () => console.log('onClose', n));
  app.get('/', async () => 'ok');
  console.log(n, (await app.inject('/')).body, await Promise.race([app.close().then(() => 'closed'), longest()]));
}
const used = Fastify();
used.get('/', async () => 'ok');
await used.listen({ port: 0 });
console.log('listening', await Promise.race([used.close().then(() => 'closed'), longest()]));
console.log('twice', await Promise.race([used.close().then(() => 'closed'), longest()]));
const unused = Fastify();
console.log('never ready', await Promise.race([unused.close().then(() => 'closed'), longest()]));
