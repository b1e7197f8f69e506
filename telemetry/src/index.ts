export { FastifyInstrumentation } from './fastify.ts';
export type { Ignore } from './ignore.ts';
export type { FastifyInstrumentationConfig, RequestHook, StartOptions } from './options.ts';
export { PgInstrumentation } from './pg.ts';
export { PinoInstrumentation } from './pino.ts';
export { TraceContextPropagator } from './propagator.ts';
export type { Redact, RedactOptions } from './redact.ts';
export { start } from './start.ts';
