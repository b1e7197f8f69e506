export { FastifyInstrumentation } from './fastify.ts';
export { PgInstrumentation } from './pg.ts';
export { PinoInstrumentation } from './pino.ts';
export { start } from './start.ts';
