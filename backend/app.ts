// The backend: accepts numbers over HTTP and stores them in PostgreSQL.
import { Type } from 'typebox';
import { addBackendFaults } from '../faults/backend.ts';
import { buildService } from '../service/build.ts';
import { ErrorResponse, ServiceError } from '../service/errors.ts';
import { LatestQuery, NumberRow, NumberRows, Value } from '../service/number-row.ts';
import type { Config } from './config.ts';
import { openDatabase } from './database.ts';
import { IdempotencyHeaders, readIdempotencyKey } from './idempotency-key.ts';
import { findNumber, insertNumber, latestNumbers } from './number-repository.ts';

export async function buildApp(config: Config) {
  const app = await buildService({
    name: 'backend',
    description: 'Stores numbers in PostgreSQL, each with the id of the trace that wrote it.',
    config,
    checkReady: () => database.check(), // created below, with the logger of this app
  });
  let database = openDatabase(config, app.log);
  app.addHook('onClose', () => database.close());
  database = await addBackendFaults(app, database, config);

  app.post(
    '/numbers',
    {
      schema: {
        summary: 'Store a number; with an Idempotency-Key, exactly once',
        headers: IdempotencyHeaders,
        body: Type.Object({ value: Value }, { additionalProperties: false }),
        response: { 201: NumberRow, 400: ErrorResponse, 422: ErrorResponse, 503: ErrorResponse, 504: ErrorResponse },
      },
    },
    async (request, reply) => {
      const row = await insertNumber(database, request.body.value, readIdempotencyKey(request.headers));
      return reply.code(201).header('location', `/numbers/${row.id}`).send(row);
    },
  );

  app.get(
    '/numbers',
    {
      schema: {
        summary: 'The latest numbers, newest first',
        querystring: LatestQuery,
        response: { 200: NumberRows, 400: ErrorResponse, 503: ErrorResponse, 504: ErrorResponse },
      },
    },
    (request) => latestNumbers(database, request.query.limit),
  );

  app.get(
    '/numbers/:id',
    {
      schema: {
        summary: 'One number',
        params: Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) }),
        response: { 200: NumberRow, 400: ErrorResponse, 404: ErrorResponse, 503: ErrorResponse, 504: ErrorResponse },
      },
    },
    async (request) => {
      const row = await findNumber(database, request.params.id);
      if (!row) throw new ServiceError(404, `number ${request.params.id} does not exist`);
      return row;
    },
  );

  return app;
}
