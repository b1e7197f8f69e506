// Extended prototypes and replaced global functions.
import Fastify from 'fastify';
import pg from 'pg';
import { sendRequest } from '../../support/client.ts';

const pollution: Record<string, () => void> = {
  properties: () => {
    Object.assign(Object.prototype, { polluted: 'secret-polluted', 'secret-key': { nested: 'secret-nested' } });
    Object.assign(Array.prototype, { last: () => 1 });
  },
  'error stacks': () => {
    Error.stackTraceLimit = 0;
    Error.prepareStackTrace = () => {
      throw new Error('no stack for you');
    };
  },
  'JSON.stringify': () => {
    const { stringify } = JSON;
    JSON.stringify = (...args: [unknown]) => {
      const caller = new Error('who').stack?.split('\n')[2];
      if (caller?.includes('telemetry/src')) throw new Error('JSON.stringify was called');
      return stringify(...args);
    };
  },
  console: () => {
    for (const name of ['log', 'error', 'warn', 'debug', 'info'] as const) console[name] = () => {};
  },
};
const print = console.log;
const pool = new pg.Pool({ max: 1 });
const app = Fastify({ logger: { level: 'info' } });
app.get('/', async (request) => {
  request.log.info({ item: { id: 7 } }, 'handled');
  return (await pool.query('SELECT 1 AS n')).rows.length;
});
app.get('/fails', async () => {
  throw new Error('no');
});
const base = await app.listen({ port: 0 });
pollution[process.argv[2] as string]?.();
const answers = [await sendRequest(base), await sendRequest(`${base}/fails`)];
print(answers.map(({ status }) => status).join());
await pool.end();
await app.close();
