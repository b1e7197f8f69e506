// Routes that machines or pages ask again and again: `config: untraced`. A trace and a log line of each would help nobody.
// That they leave no trace is done in telemetry/src/fastify.ts, by the name that https://github.com/fastify/otel gave it.
import type { FastifyRequest } from 'fastify';

export const untraced = { otel: false };

export function isUntraced(request: FastifyRequest): boolean {
  return request.routeOptions.config.otel === false;
}
