import { execFile, fork, spawn } from 'node:child_process';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { promisify } from 'node:util';
import Fastify from 'fastify';

const app = Fastify();
app.get('/fork', async () => {
  const child = fork(new URL('./jobs/child.ts', import.meta.url));
  child.send('hello');
  const [message] = await once(child, 'message');
  const [code] = await once(child, 'exit');
  return { message, code };
});
app.get('/spawn', async () => {
  const child = spawn(process.execPath, ['-e', 'process.exit(4)']);
  return (await once(child, 'exit'))[0];
});
app.get('/exec', async () => (await promisify(execFile)(process.execPath, ['-p', '1 + 1'])).stdout);
console.log(cluster.isPrimary, process.execArgv.filter((arg) => !/import|register|stack/.test(arg)).length);
for (const path of ['/fork', '/spawn', '/exec']) console.log(path, (await app.inject(path)).body);
await app.close();
