// Requests that Fastify or Node.js answers before or instead of a handler.
import Fastify from 'fastify';
import { connectTo, readResponse, sendRequest } from '../../support/client.ts';
import { mark } from '../../support/mark.ts';

const app = Fastify({
  logger: true,
  bodyLimit: 20,
  routerOptions: {
    maxParamLength: 10,
    ignoreTrailingSlash: true,
    caseSensitive: false,
    constraints: {
      tenant: {
        name: 'tenant',
        storage: () => {
          const handlers = new Map();
          return { get: (key) => handlers.get(key) ?? null, set: (key, handler) => void handlers.set(key, handler) };
        },
        deriveConstraint: ({ headers }, _context, done) => {
          setImmediate(() => (headers.tenant === 'none' ? done?.(new Error('no tenant')) : done?.(null, String(headers.tenant))));
        },
        validate: () => {},
      },
    },
  },
  frameworkErrors: (error, request, reply) => {
    mark('frameworkErrors');
    request.log.warn('framework error');
    reply.code(400).send({ code: error.code });
  },
});
app.get('/Items/:id', async (request) => request.params);
app.post('/items', async (request) => request.body);
app.get('/tenant', { constraints: { tenant: 'ann' } }, async () => {
  mark('tenant');
  return 'for ann';
});
app.get('/tenant', { constraints: { tenant: 'bob' } }, async () => 'for bob');
const base = await app.listen({ port: 0 });
const json = { 'content-type': 'application/json' };
const questions: [string, string, Record<string, string>, string?][] = [
  ['GET', '/items/1/', {}],
  ['GET', '/ITEMS/2', {}],
  ['GET', `/items/${'x'.repeat(20)}`, {}],
  ['GET', '/items/%zz', {}],
  ['POST', '/items', json, '{"a":"longer than the limit"}'],
  ['POST', '/items', { 'content-type': 'text/unknown' }, 'abc'],
  ['POST', '/items', json, ''],
  ['GET', '/tenant', { tenant: 'ann' }],
  ['GET', '/tenant', { tenant: 'carl' }],
  ['GET', '/tenant', { tenant: 'none' }],
  ['OPTIONS', '*', {}],
];
for (const [method, path, headers, body] of questions) {
  const answer = await sendRequest(base + path, { method, headers, ...(body === undefined ? {} : { body }) });
  console.log(method, path, answer.status, answer.body);
}
for (const malformed of [
  'NONSENSE\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  `GET /${'x'.repeat(20_000)} HTTP/1.1\r\nhost: h\r\n\r\n`,
]) {
  const { socket } = connectTo(base);
  socket.end(malformed);
  const { status, body } = await readResponse(socket);
  console.log(malformed.slice(0, 10), status, body);
}
await app.close();
