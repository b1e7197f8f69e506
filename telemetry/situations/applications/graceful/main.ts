// A signal while requests are in flight: they complete, and the last spans are delivered.
import { setTimeout as pause } from 'node:timers/promises';
import closeWithGrace from 'close-with-grace';
import Fastify from 'fastify';
import { sendRequest } from '../../support/client.ts';
import { mark } from '../../support/mark.ts';

const app = Fastify();
app.get('/slow', async () => {
  console.log('ready');
  await pause(500);
  mark('late');
  return 'late';
});
app.addHook('onClose', async () => {
  await pause(50);
  console.log('onClose');
});
closeWithGrace({ delay: 30_000 }, async ({ signal, err }) => {
  await app.close();
  mark('closed');
  console.log('closed', signal, err);
});
const base = await app.listen({ port: 0 });
const { status, body } = await sendRequest(`${base}/slow`);
console.log(status, body);
process.on('exit', (code) => console.log('exit event', code));
