// @fastify/otel with NodeSDK, set up as in its README. LEAN=1: one span per request.
import { register } from 'node:module';
import FastifyOtel from '@fastify/otel';
import { getNodeAutoInstrumentations } from '@opentelemetry/auto-instrumentations-node';
import { NodeSDK } from '@opentelemetry/sdk-node';

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
const { FastifyOtelInstrumentation } = FastifyOtel;
const lean = process.env.LEAN ? { instrumentHooks: false, instrumentHandler: false } : {};
const sdk = new NodeSDK({
  instrumentations: [getNodeAutoInstrumentations(), new FastifyOtelInstrumentation({ registerOnInitialization: true, ...lean })],
});
sdk.start();
process.once('SIGTERM', () => sdk.shutdown());
