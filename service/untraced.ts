// `config: untraced` is for routes that machines or pages poll: no trace and no log line.
// telemetry/src/fastify.ts reads it; the name `otel` comes from https://github.com/fastify/otel.
import type { FastifyRequest } from 'fastify';

export const untraced = { otel: false };

export function isUntraced(request: FastifyRequest): boolean {
  return request.routeOptions.config.otel === false;
}
