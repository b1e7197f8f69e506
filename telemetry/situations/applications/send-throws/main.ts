// Errors thrown synchronously by reply.send() and other calls reach the handler.
import Fastify from 'fastify';

const app = Fastify();
const caught = (call: () => unknown) => {
  try {
    call();
    return 'nothing thrown';
  } catch (error) {
    const { name, code, message } = error as Error & { code?: string };
    return `${name} ${code} ${message}`;
  }
};
app.get('/invalid-payload', (_request, reply) => {
  const thrown = caught(() =>
    reply
      .type('text/html')
      .serializer((payload: unknown) => payload as string)
      .send({}),
  );
  console.log('/invalid-payload', thrown, reply.sent);
  if (!reply.sent) reply.serializer(String).send(thrown);
});
app.get('/serializer-throws', (_request, reply) => {
  const thrown = caught(() =>
    reply
      .serializer(() => {
        throw new RangeError('cannot be written');
      })
      .send({}),
  );
  console.log('/serializer-throws', thrown, reply.sent);
  if (!reply.sent) reply.serializer(String).send(thrown);
});
app.get('/locked-stream', (_request, reply) => {
  const stream = new ReadableStream();
  stream.getReader();
  const thrown = caught(() => reply.send(stream));
  console.log('/locked-stream', thrown, reply.sent);
  if (!reply.sent) reply.send(thrown);
});
app.get('/twice', (_request, reply) => {
  reply.send('first');
  console.log(
    '/twice',
    caught(() => reply.send('second')),
  );
});
app.get('/header-after-send', (_request, reply) => {
  reply.send('sent');
  console.log(
    '/header-after-send',
    caught(() => reply.header('x-late', '1')),
  );
});
app.get('/undefined', async () => undefined);
for (const path of ['/invalid-payload', '/serializer-throws', '/locked-stream', '/twice', '/header-after-send', '/undefined']) {
  const { statusCode, body } = await app.inject(path);
  console.log(path, statusCode, body);
}
console.log(
  'late hook',
  caught(() => app.addHook('onRequest', () => {})),
);
console.log(
  'late route',
  caught(() => app.get('/late', () => {})),
);
await app.close();
