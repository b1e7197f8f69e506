// Handlers that throw other values than plain errors, and an error handler that inspects them.
import Fastify from 'fastify';
import { sendRequest } from '../../support/client.ts';

const app = Fastify();
const frozen = Object.freeze(new Error('frozen'));
const shared = Object.assign(new Error('shared'), { statusCode: 409 });
const withGetter = new Error('getter');
Object.defineProperty(withGetter, 'stack', {
  get() {
    throw new Error('the stack cannot be read');
  },
});
class Proxied extends Error {}
const proxied = new Proxy(new Proxied('proxied'), {
  get(target, name, receiver) {
    if (name === 'name') throw new Error('the name cannot be read');
    return Reflect.get(target, name, receiver);
  },
});
const deep = new Error('deep');
let last: Error = deep;
for (let n = 0; n < 5_000; n++) last = last.cause = new Error(`cause ${n}`);
const cyclic = new Error('cyclic');
cyclic.cause = cyclic;
const thrown: Record<string, unknown> = {
  string: 'text',
  number: 42,
  null: null,
  undefined: undefined,
  object: { statusCode: 418, message: 'a teapot' },
  frozen,
  shared,
  getter: withGetter,
  proxied,
  deep,
  cyclic,
  aggregate: new AggregateError([new Error('one'), new Error('two')], 'several'),
  status: Object.assign(new Error('created'), { statusCode: 201 }),
};
app.setErrorHandler((error: any, request, reply) => {
  const isSame = thrown[request.url.slice(1)] === error;
  const status = error?.statusCode >= 400 ? error.statusCode : 500;
  const keys =
    error && typeof error === 'object'
      ? Object.getOwnPropertyNames(error).concat(Object.getOwnPropertySymbols(error).map(String))
      : [];
  return reply
    .code(request.url === '/shared' ? 200 : status)
    .send({ isSame, keys: keys.filter((key) => key !== 'isBoom').sort() });
});
app.get('/:kind', async (request) => {
  throw thrown[(request.params as { kind: string }).kind];
});
app.get('/reply/:kind', (request, reply) => reply.send(thrown[(request.params as { kind: string }).kind]));

const base = await app.listen({ port: 0 });
for (const kind of Object.keys(thrown)) {
  const { status, body } = await sendRequest(`${base}/${kind}`);
  console.log(kind, status, body);
}
console.log('sent', (await sendRequest(`${base}/reply/frozen`)).status);
await app.close();
