// A primary process and a worker that serves requests, ended in one of several ways.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import Fastify from 'fastify';
import { sendRequest } from '../../support/client.ts';

if (cluster.isPrimary) {
  const worker = cluster.fork();
  const [address] = await once(worker, 'listening');
  console.log((await sendRequest(`http://127.0.0.1:${address.port}/`)).body);
  const exited = once(worker, 'exit');
  if (process.argv[2] === 'disconnect') worker.disconnect();
  else if (process.argv[2] === 'exit') worker.send('exit');
  else worker.process.kill(process.argv[2] as NodeJS.Signals);
  const outcome = await Promise.race([exited, pause(3_000, 'the worker does not end', { ref: false })]);
  console.log(outcome, worker.exitedAfterDisconnect);
  worker.process.kill('SIGKILL');
} else {
  const app = Fastify();
  app.get('/', async () => `${cluster.isWorker} ${process.listenerCount('SIGTERM')}`);
  process.on('message', (message) => message === 'exit' && process.exit(3));
  await app.listen({ port: 0, host: '127.0.0.1' });
}
