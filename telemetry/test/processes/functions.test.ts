// The functions that the package replaces look like the originals: some libraries read the name or the number of parameters of a function.
import { expect, test } from 'vitest';
import { runApplication } from '../support/run-application.ts';

const application = `
  import http from 'node:http';
  import Fastify from 'fastify';
  import pg from 'pg';
  import pino from 'pino';
  const seen = {};
  const look = (what, object, keys = Reflect.ownKeys(object)) => {
    for (const key of keys) {
      const own = Object.getOwnPropertyDescriptor(object, key);
      const value = own ? own.value : object[key];
      if (typeof value === 'function') seen[what + ' ' + String(key)] = value.name + '/' + value.length;
    }
  };
  look('process', process, ['emit', 'kill', 'reallyExit']);
  look('agent', http.Agent.prototype);
  for (const name of ['Client', 'Pool', 'Query']) for (let each = pg[name].prototype; each !== Object.prototype; each = Object.getPrototypeOf(each)) {
    look(name, each, Reflect.ownKeys(each).filter((key) => key !== 'callback'));
  }
  look('logger', Object.getPrototypeOf(pino()), Object.values(pino.symbols).concat('info', 'child'));
  const app = Fastify();
  look('application', app, ['inject', 'listen']);
  app.post('/', async (request, reply) => {
    look('request', request.raw, ['emit', 'on', 'read']);
    look('response', reply.raw, ['emit', 'end', 'write', 'writeHead']);
    look('socket', request.raw.socket, ['emit', 'write']);
    return 'ok';
  });
  app.addHook('onTimeout', async () => {});
  const url = await app.listen({ port: 0 });
  const request = http.request(url, { method: 'POST' });
  request.on('response', (response) => {
    look('outgoing request', request, ['emit', '_implicitHeader', 'end']);
    look('its response', response, ['emit', 'on']);
    response.resume().on('end', () => console.log(JSON.stringify(seen)) ?? process.exit());
  });
  request.end();
`;

test('replaced functions have the names and numbers of parameters of the originals', async () => {
  const seenBy = async (isTraced: boolean) => {
    const { stdout, stderr } = await runApplication(application, {
      isTraced,
      env: { OTEL_TRACES_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
    }).finished;
    expect(stderr).toBe('');
    return JSON.parse(stdout);
  };
  expect(await seenBy(true)).toEqual(await seenBy(false));
});
