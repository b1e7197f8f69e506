// Every export, with its types; never run.
import {
  FastifyInstrumentation,
  type FastifyInstrumentationConfig,
  type Ignore,
  PgInstrumentation,
  PinoInstrumentation,
  type Redact,
  type RequestHook,
  type StartOptions,
  start,
  TraceContextPropagator,
} from 'fastify-otlp';

const requestHook: RequestHook = (span, request, reply) => span.setAttribute('app.tenant', `${request.id} ${reply.statusCode}`);
const ignore: Ignore = '/health';
const redact: Redact = ['password'];
const fastify: FastifyInstrumentationConfig = { requestHook, ignore };
const instrumentations: [FastifyInstrumentation, PgInstrumentation, PinoInstrumentation] = [
  new FastifyInstrumentation(),
  new PgInstrumentation(),
  new PinoInstrumentation({ exports: true }),
];
const options: StartOptions = { ...fastify, redact, instrumentations, propagators: [new TraceContextPropagator()] };

export const started: Promise<void> = start(options);
