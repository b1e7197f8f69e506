const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici');
const { NodeSDK } = require('@opentelemetry/sdk-node');
const { FastifyInstrumentation, PgInstrumentation, PinoInstrumentation } = require('fastify-otlp');

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
