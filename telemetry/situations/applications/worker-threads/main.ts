import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import Fastify from 'fastify';
import pino from 'pino';
import { Piscina } from 'piscina';

const job = (name: string) => new URL(`./jobs/${name}.ts`, import.meta.url);
const pool = new Piscina({ filename: fileURLToPath(job('square')), maxThreads: 1 });
const app = Fastify();

app.get('/fails', () => {
  const worker = new Worker(job('fails'));
  return new Promise((resolve) => {
    worker.on('error', (error) =>
      resolve({ from: 'error event', name: (error as Error).name, message: (error as Error).message }),
    );
    worker.on('exit', (code) => setTimeout(() => resolve({ from: 'exit event', code }), 50));
  });
});
app.get('/exits', async () => {
  const [code] = await once(new Worker('process.exit(12)', { eval: true }), 'exit');
  return { code };
});
app.get('/state', async () => (await once(new Worker(job('state')), 'message'))[0]);
app.get('/stdout', async () => {
  const worker = new Worker('console.log("from a worker")', { eval: true, stdout: true });
  return { stdout: String(Buffer.concat(await worker.stdout.toArray())) };
});
app.get('/pool/:n', async (request) => ({ square: await pool.run(Number((request.params as { n: string }).n)) }));
app.get('/transport', async () => {
  const transport = pino.transport({ target: 'pino/file', options: { destination: 1 } });
  pino({ base: null, timestamp: false }, transport).info('through a transport');
  transport.end();
  await once(transport, 'close');
  return 'written';
});
app.get('/rejects', async () => {
  const worker = new Worker('Promise.reject(new TypeError("rejected"))', { eval: true });
  const exited = new Promise((resolve) => worker.once('exit', resolve)); // it may follow the error at once
  const [error] = await once(worker, 'error');
  return { name: error.name, message: error.message, code: await exited };
});
app.get('/terminated', async () => {
  const worker = new Worker('setInterval(() => {}, 1000)', { eval: true, execArgv: [] });
  await once(worker, 'online');
  return { code: await worker.terminate() };
});
app.get('/logger', async () => {
  const options = { target: 'pino/file', options: { destination: 1 } };
  const logging = Fastify({ logger: { base: null, timestamp: false, transport: options } as never, disableRequestLogging: true });
  logging.get('/', async (request) => {
    request.log.info('through a transport of Fastify');
    return 'logged';
  });
  return (await logging.inject('/')).body;
});

await app.listen({ port: 0 }); // a worker alone does not keep the process alive
for (const path of [
  '/fails',
  '/exits',
  '/state',
  '/stdout',
  '/pool/7',
  '/pool/-7',
  '/transport',
  '/rejects',
  '/terminated',
  '/logger',
]) {
  const { statusCode, body } = await app.inject(path);
  console.log(path, statusCode, body);
}
await pool.destroy();
await app.close();
