import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { FastifyInstrumentation, PgInstrumentation, PinoInstrumentation } from 'fastify-otlp';

const sdk = new NodeSDK({
  instrumentations: [
    new UndiciInstrumentation(),
    new FastifyInstrumentation(),
    new PgInstrumentation(),
    new PinoInstrumentation({ exports: true }),
  ],
});
sdk.start();
process.once('SIGTERM', () => sdk.shutdown().finally(() => process.exit()));
