// A service without signal listeners whose receiver does not accept its spans.
import Fastify from 'fastify';

const app = Fastify();
app.get('/', async () => 'ok');
await app.listen({ port: 0 });
console.log((await app.inject('/')).body);
process.on('exit', () => console.log('exit event'));
setTimeout(() => console.log('ready'), Number(process.argv[2]));
