// What every service has: validation, errors, the request log, health checks, limits, the OpenAPI page.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify from 'fastify';
import { clientErrorHandler, handleNodeErrors } from './client-errors.ts';
import { closeConnectionsWhenDone } from './close-connections.ts';
import { errorHandler } from './errors.ts';
import { addHealthRoutes } from './health.ts';
import { limitInFlight } from './in-flight.ts';
import { loggerOptions, logRequest, NoRequestLog } from './logging.ts';
import { handleNotFound } from './not-found.ts';
import { addOpenApi } from './openapi.ts';
import { formatValidationErrors, validatorCompiler } from './validation.ts';

/** From the first byte of a request to its last: a slower client gets 408. */
const requestTimeoutMs = 10_000;

interface ServiceOptions {
  name: string;
  description: string;
  config: { LOG_LEVEL: string; MAX_IN_FLIGHT: number };
  /** Rejects while the service is not ready. */
  checkReady: () => Promise<void>;
}

export async function buildService({ name, description, config, checkReady }: ServiceOptions) {
  const app = Fastify({
    logger: loggerOptions(config.LOG_LEVEL),
    logController: new NoRequestLog(),
    childLoggerFactory: (logger) => logger, // the trace id tells requests apart
    frameworkErrors: (error, request, reply) => {
      logRequest(request, reply); // Fastify runs no hooks for these
      return errorHandler(error, request, reply);
    },
    clientErrorHandler,
    bodyLimit: 16 * 1024,
    requestTimeout: requestTimeoutMs,
    // Node.js applies the timeout to bodies only if it is set at creation. For Host see handleNodeErrors.
    http: { requestTimeout: requestTimeoutMs, connectionsCheckingInterval: 1_000, requireHostHeader: false },
    schemaErrorFormatter: (errors, part) => formatValidationErrors(errors as never, part),
  }).withTypeProvider<TypeBoxTypeProvider>();

  app.setValidatorCompiler(validatorCompiler);
  app.setErrorHandler(errorHandler);
  app.addHook('onRequest', (request, reply, done) => {
    logRequest(request, reply);
    done(); // with a promise, Fastify would handle the request later, and an error at the end of its body would come first
  });
  handleNodeErrors(app);
  handleNotFound(app);
  limitInFlight(app, config.MAX_IN_FLIGHT);
  closeConnectionsWhenDone(app);

  await addOpenApi(app, name, description);
  addHealthRoutes(app, checkReady);
  return app;
}

export type Service = Awaited<ReturnType<typeof buildService>>;
