// A response that fails: the client aborts, or the source of the response throws.
import { PassThrough, Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import Fastify from 'fastify';
import { connectTo, sendRequest } from '../../support/client.ts';

const app = Fastify();
const closed = new Map<string, () => void>();
app.addHook('onRequest', async (request, reply) => {
  reply.raw.once('close', () => closed.get(request.url)?.());
});
const chunks = async function* (error?: Error) {
  yield 'first';
  await pause(20);
  if (error) throw error;
  for (let n = 0; n < 500; n++) {
    yield 'x'.repeat(10_000);
    await pause(5);
  }
};
class SourceError extends Error {
  override name = 'SourceError';
}
app.get('/ok', (_request, reply) => reply.type('text/plain').send(Readable.from(['a', 'b'])));
app.get('/fails-at-once', (_request, reply) =>
  reply.send(
    new Readable({
      read() {
        this.destroy(new SourceError('no source'));
      },
    }),
  ),
);
app.get('/fails-later', (_request, reply) =>
  reply.type('text/plain').send(Readable.from(chunks(new SourceError('source broke')))),
);
app.get('/piped', (_request, reply) => {
  const through = new PassThrough();
  through.write('first');
  setTimeout(() => through.destroy(new SourceError('pipe broke')), 20);
  return reply.type('text/plain').send(through);
});
app.get('/web', async () => new Response('from the web', { status: 201 }));
app.get('/web-stream', (_request, reply) => reply.type('text/plain').send(ReadableStream.from(['a', 'b'])));
app.get('/web-stream-fails', (_request, reply) =>
  reply.type('text/plain').send(
    new ReadableStream({
      async pull(controller) {
        controller.enqueue(Buffer.from('first'));
        await pause(20);
        controller.error(new SourceError('web source broke'));
      },
    }),
  ),
);
app.get('/destroyed', (_request, reply) => {
  reply.raw.writeHead(200);
  reply.raw.write('first');
  setTimeout(() => reply.raw.destroy(), 20);
  return reply.hijack();
});
app.get('/download', (_request, reply) => reply.type('text/plain').send(Readable.from(chunks())));
app.get('/slow', async () => {
  await pause(400);
  return 'late';
});
app.post('/upload', async (request) => request.body);

const base = await app.listen({ port: 0 });
for (const path of [
  '/ok',
  '/fails-at-once',
  '/fails-later',
  '/piped',
  '/web',
  '/web-stream',
  '/web-stream-fails',
  '/destroyed',
]) {
  const { status, body } = await sendRequest(base + path);
  console.log(path, status, body.slice(0, 5));
}
async function leave(request: string, path: string, afterFirstByte: boolean, how: 'destroy' | 'resetAndDestroy'): Promise<void> {
  const isClosed = new Promise<void>((resolve) => closed.set(path, resolve));
  const { socket } = connectTo(base);
  socket.on('error', () => {}).write(request);
  if (afterFirstByte) await new Promise((resolve) => socket.once('data', resolve));
  else await pause(100);
  socket[how]();
  await isClosed;
}
await leave('GET /download HTTP/1.1\r\nhost: h\r\n\r\n', '/download', true, 'destroy');
await leave('GET /slow HTTP/1.1\r\nhost: h\r\n\r\n', '/slow', false, 'destroy');
await leave('GET /slow HTTP/1.1\r\nhost: h\r\n\r\n', '/slow', false, 'resetAndDestroy');
await leave(
  'POST /upload HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"a"',
  '/upload',
  false,
  'destroy',
);
await pause(500); // the handler of /slow returns
await app.close();
console.log('closed');
