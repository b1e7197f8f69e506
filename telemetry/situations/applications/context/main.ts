// A marker span in every function Fastify calls for a request.
import { Readable } from 'node:stream';
import Fastify from 'fastify';
import { sendRequest } from '../../support/client.ts';
import { mark } from '../../support/mark.ts';

const app = Fastify({
  logger: true,
  bodyLimit: 100,
  genReqId: () => {
    mark('genReqId');
    return 'id';
  },
  childLoggerFactory: (logger, bindings, options) => {
    mark('childLoggerFactory');
    return logger.child(bindings, options);
  },
});
for (const hook of [
  'onRequest',
  'preParsing',
  'preValidation',
  'preHandler',
  'preSerialization',
  'onError',
  'onSend',
  'onResponse',
] as const)
  app.addHook(hook as 'onRequest', (...args: unknown[]) => {
    mark(hook);
    const done = args.at(-1) as (error: null, payload?: unknown) => void;
    done(null, ['preParsing', 'preSerialization', 'onSend'].includes(hook) ? args[2] : undefined);
  });
app.addHook('preHandler', async () => mark('async preHandler'));
app.addContentTypeParser('text/x', { parseAs: 'string' }, (_request, body, done) => {
  mark('parser');
  done(null, body);
});
app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
  mark('error handler');
  request.log.warn('in the error handler');
  reply.code(error.statusCode ?? 500).send({ message: error.message });
});
app.setNotFoundHandler((_request, reply) => {
  mark('not found handler');
  reply.code(404).send({ message: 'not here' });
});
app.setSchemaErrorFormatter((errors) => {
  mark('schema error formatter');
  return new Error(errors[0]?.message ?? '');
});
app.post('/body', { schema: { body: { type: 'object', required: ['a'] } } }, async () => {
  mark('handler');
  setImmediate(() => mark('immediate'));
  process.nextTick(() => mark('tick'));
  queueMicrotask(() => mark('microtask'));
  await new Promise((resolve) => setTimeout(resolve, 5));
  mark('after a timer');
  return { ok: true };
});
app.post('/text', (_request, reply) => {
  mark('handler');
  reply.send('fine');
});
app.get('/throws', async () => {
  throw new Error('no');
});
app.get('/stream', (_request, reply) => {
  const source = async function* () {
    mark('first chunk');
    yield 'a';
    await new Promise((resolve) => setTimeout(resolve, 5));
    mark('second chunk');
    yield 'b';
  };
  reply.type('text/plain').send(Readable.from(source()));
});

const base = await app.listen({ port: 0 });
const post = (path: string, type: string, body: string, bodyAfterMs?: number) =>
  sendRequest(base + path, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
    ...(bodyAfterMs === undefined ? {} : { bodyAfterMs }),
  });
const requests = [
  () => post('/body', 'application/json', '{"a":1}'),
  () => post('/body', 'application/json', '{"a":1}', 30),
  () => post('/body', 'application/json', '{"b":1}', 30),
  () => post('/body', 'application/json', '{"a":', 30),
  () => post('/body', 'application/json', `"${'x'.repeat(200)}"`, 30),
  () => post('/text', 'text/x', 'abc', 30),
  () => sendRequest(`${base}/throws`),
  () => sendRequest(`${base}/stream`),
  () => sendRequest(`${base}/nowhere`),
];
const answers: string[] = [];
for (const request of requests) {
  const { status, body } = await request();
  answers.push(`${status} ${body}`);
}
await app.close();
console.log(answers.join('\n'));
