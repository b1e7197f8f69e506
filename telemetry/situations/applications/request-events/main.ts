// Events of the raw request and response, and the hooks Fastify runs on them.
import { setTimeout as pause } from 'node:timers/promises';
import Fastify from 'fastify';
import pg from 'pg';
import { connectTo, sendRequest } from '../../support/client.ts';
import { mark } from '../../support/mark.ts';

const pool = new pg.Pool({ max: 1 });
const app = Fastify({ logger: true, disableRequestLogging: true });
let onAborted: (() => void) | undefined;
app.addHook('onRequestAbort', async (request) => {
  mark('onRequestAbort');
  request.log.info('aborted');
  await pool.query('SELECT 1');
  onAborted?.();
});
app.addContentTypeParser('text/x', (request, payload, done) => {
  let length = 0;
  payload.on('data', (chunk) => {
    mark('payload data');
    length += chunk.length;
  });
  payload.on('end', () => {
    mark('payload end');
    request.log.info('parsed');
    done(null, length);
  });
});
app.post('/upload', async (request, reply) => {
  for (const name of ['close', 'end'] as const) request.raw.on(name, () => mark(`request ${name}`));
  for (const name of ['finish', 'close'] as const) reply.raw.on(name, () => mark(`response ${name}`));
  reply.raw.on('close', () => request.log.info('response closed'));
  return { length: request.body };
});
app.get('/listeners', async (request, reply) => {
  const names = ['close', 'end', 'data', 'error', 'finish', 'pipe', 'drain', 'timeout', 'aborted'];
  const count = (emitter: NodeJS.EventEmitter) => names.map((name) => emitter.listenerCount(name)).join();
  return [
    count(request.raw),
    count(reply.raw),
    request.raw.emit('nothing'),
    Object.keys(request.raw).length,
    Object.keys(reply.raw).length,
  ];
});
app.get('/slow', async (request, reply) => {
  request.raw.on('close', () => mark('request close'));
  reply.raw.on('close', () => mark('response close'));
  request.raw.on('aborted', () => mark('request aborted'));
  await pause(300);
  mark('late');
  return 'late';
});

const base = await app.listen({ port: 0 });
const upload = await sendRequest(`${base}/upload`, {
  method: 'POST',
  headers: { 'content-type': 'text/x' },
  body: 'abc',
  bodyAfterMs: 30,
});
console.log('/upload', upload.status, upload.body);
console.log('/listeners', (await sendRequest(`${base}/listeners`)).body);

const aborted = new Promise<void>((resolve) => (onAborted = resolve));
const { socket } = connectTo(base);
socket.write('GET /slow HTTP/1.1\r\nhost: h\r\n\r\n');
await pause(100);
socket.destroy();
await aborted;
await pause(300);
await pool.end();
await app.close();
