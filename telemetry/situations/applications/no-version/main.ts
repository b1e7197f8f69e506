import Fastify from 'fastify';

const app = Fastify();
app.get('/', async () => 'ok');
console.log((await app.inject('/')).body);
await app.close();
console.log(process.eventNames().map(String).sort().join());
