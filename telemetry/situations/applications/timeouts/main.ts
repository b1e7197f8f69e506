import { setTimeout as pause } from 'node:timers/promises';
import Fastify from 'fastify';
import { sendRequest } from '../../support/client.ts';
import { mark } from '../../support/mark.ts';

const options = { logger: true, disableRequestLogging: true };
const short = Fastify({ ...options, connectionTimeout: 150 });
const app = Fastify(options);
short.addHook('onTimeout', async (request) => {
  mark('onTimeout');
  request.log.warn('timed out');
});
const { promise: late, resolve: isLate } = Promise.withResolvers<void>();
short.get('/connection', async () => {
  await late;
  return 'late';
});
app.get('/handler', { handlerTimeout: 50 }, async () => {
  await pause(120);
  mark('late');
  return 'late';
});
app.get('/signal', { handlerTimeout: 50 }, async (request) => {
  await new Promise((resolve) => request.signal.addEventListener('abort', resolve));
  mark('abort signal');
  return 'late';
});

const connection = await sendRequest(`${await short.listen({ port: 0 })}/connection`);
console.log('/connection', connection.status, connection.body);
isLate();
await short.close();

const base = await app.listen({ port: 0 });
for (const path of ['/handler', '/signal']) {
  const { status, body } = await sendRequest(base + path);
  console.log(path, status, body);
}
await pause(300); // the handlers return
await app.close();
