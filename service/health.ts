// Called by Docker, `make up` and load balancers; never traced, never logged, never shed.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { ErrorResponse } from './errors.ts';
import { untraced } from './untraced.ts';

const paths = new Set(['/healthz', '/readyz']);
const Healthy = Type.Object({ status: Type.Literal('ok') });

/**
 * @param checkReady rejects, preferably with a ServiceError, while the service is not ready
 */
export function addHealthRoutes(app: FastifyInstance, checkReady: () => Promise<void>): void {
  const alive = { summary: 'Is the process alive?', response: { 200: Healthy } };
  app.get('/healthz', { config: untraced, schema: alive }, () => ({ status: 'ok' }));

  const ready = { summary: 'Is the service ready?', response: { 200: Healthy, 503: ErrorResponse } };
  app.get('/readyz', { config: untraced, schema: ready }, async () => {
    await checkReady();
    return { status: 'ok' };
  });
}

export function isHealthCheck(request: FastifyRequest): boolean {
  return paths.has(request.routeOptions.url ?? '');
}
