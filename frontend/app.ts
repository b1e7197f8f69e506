// The frontend: generates random numbers, on request and periodically, and posts them to the backend.
import { addFrontendFaults } from '../faults/frontend.ts';
import { page } from '../page/plugin.ts';
import { buildService } from '../service/build.ts';
import { ErrorResponse } from '../service/errors.ts';
import { LatestQuery, NumberRow, NumberRows } from '../service/number-row.ts';
import { createBackendClient } from './backend-client.ts';
import { backendUrl, type Config } from './config.ts';
import { addEmitter } from './emitter.ts';
import { randomNumber } from './random-number.ts';
import { rejectCrossSite } from './reject-cross-site.ts';

export async function buildApp(config: Config) {
  const app = await buildService({
    name: 'frontend',
    description: 'Generates random numbers and posts them to the backend.',
    config,
    checkReady: () => backend.check(), // created below
  });
  const fetch = await addFrontendFaults(app, config);
  const backend = createBackendClient(backendUrl(config), config.BACKEND_TIMEOUT_MS, fetch);

  app.post(
    '/write',
    {
      onRequest: rejectCrossSite,
      schema: {
        summary: 'Generate a number and store it',
        response: { 201: NumberRow, 403: ErrorResponse, 502: ErrorResponse, 503: ErrorResponse, 504: ErrorResponse },
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
        response: { 200: NumberRows, 400: ErrorResponse, 502: ErrorResponse, 503: ErrorResponse, 504: ErrorResponse },
      },
    },
    (request) => backend.latest(request.query.limit),
  );

  await page(app, { settings: config, backendUrl: backendUrl(config), isBackendPublic: !config.BACKEND_URL });

  if (config.EMIT_INTERVAL_MS > 0) addEmitter(app, backend, config.EMIT_INTERVAL_MS);
  return app;
}
