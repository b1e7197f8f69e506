// The frontend: makes random numbers, when asked and by itself, and has the backend keep them.
import { buildService } from '../service/build.ts';
import { ErrorAnswer } from '../service/errors.ts';
import { LatestQuery, NumberRow, NumberRows } from '../service/number.ts';
import { createBackendClient } from './backend-client.ts';
import { backendUrl, type Config } from './config.ts';
import { createEmitter } from './emitter.ts';
import { addFrontPage } from './front-page.ts';
import { findLinks } from './links.ts';
import { randomNumber } from './random-number.ts';
import { addReadingBack } from './read-back.ts';
import { refuseCrossSite } from './refuse-cross-site.ts';
import { findStores } from './stores/stores.ts';

export async function buildApp(config: Config) {
  const backend = createBackendClient(backendUrl(config), config.BACKEND_TIMEOUT_MS);
  const app = await buildService({
    name: 'frontend',
    description: 'Makes random numbers and has the backend keep them.',
    config,
    checkReady: () => backend.check(),
  });

  await addFrontPage(app);

  app.post(
    '/write',
    {
      onRequest: refuseCrossSite,
      schema: {
        summary: 'Make a number and keep it',
        response: { 201: NumberRow, 403: ErrorAnswer, 502: ErrorAnswer, 503: ErrorAnswer, 504: ErrorAnswer },
      },
    },
    async (_request, reply) => reply.code(201).send(await backend.write(randomNumber())),
  );

  app.get(
    '/read',
    {
      schema: {
        summary: 'The latest numbers, newest first',
        querystring: LatestQuery,
        response: { 200: NumberRows, 400: ErrorAnswer, 502: ErrorAnswer, 503: ErrorAnswer, 504: ErrorAnswer },
      },
    },
    (request) => backend.latest(request.query.limit),
  );

  addReadingBack(app, findStores(config), findLinks(config), backendUrl(config));

  if (config.EMIT_INTERVAL_MS > 0) {
    const emitter = createEmitter(backend, config.EMIT_INTERVAL_MS, app.log);
    app.addHook('onListen', async () => emitter.start());
    app.addHook('onClose', () => emitter.stop());
  }
  return app;
}
