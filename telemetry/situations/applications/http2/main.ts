import { connect, constants } from 'node:http2';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import Fastify from 'fastify';
import { mark } from '../../support/mark.ts';

const app = Fastify({ http2: true });
let onClose: (() => void) | undefined;
app.addHook('onRequest', async (_request, reply) => {
  reply.raw.once('close', () => onClose?.());
});
app.get('/ok', async () => {
  mark('handler');
  return 'ok';
});
app.post('/echo', async (request) => request.body);
app.get('/slow', async () => {
  await pause(300);
  return 'late';
});
app.get('/breaks', (_request, reply) =>
  reply.type('text/plain').send(
    Readable.from(
      (async function* () {
        yield 'first';
        await pause(20);
        throw new TypeError('source broke');
      })(),
    ),
  ),
);
app.get('/download', (_request, reply) =>
  reply.type('text/plain').send(
    Readable.from(
      (async function* () {
        for (let n = 0; n < 100; n++) {
          yield 'x'.repeat(1_000);
          await pause(5);
        }
      })(),
    ),
  ),
);

const session = connect(await app.listen({ port: 0 }));
async function get(path: string, use?: 'cancel' | 'cancel later', body?: string): Promise<void> {
  const isClosed = new Promise<void>((resolve) => (onClose = resolve));
  const stream = session.request(
    { ':path': path, ':method': body ? 'POST' : 'GET', ...(body ? { 'content-type': 'application/json' } : {}) },
    { endStream: !body },
  );
  let status: number | undefined;
  let text = '';
  stream.on('response', (headers) => (status = headers[':status'])).on('error', () => {});
  stream.setEncoding('utf8').on('data', (chunk) => {
    text += chunk;
    if (use === 'cancel later') stream.close(constants.NGHTTP2_CANCEL);
  });
  if (body) stream.end(body);
  if (use === 'cancel') setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), 100);
  await new Promise((resolve) => stream.once('close', resolve));
  await isClosed;
  console.log(path, use ?? '', status, text.slice(0, 20));
}
await get('/ok');
await get('/echo', undefined, '{"a":1}');
await get('/nowhere');
await get('/slow', 'cancel');
await get('/download', 'cancel later');
await get('/breaks');
session.close();
await pause(300);
await app.close();
