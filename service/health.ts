// Asked by Docker, `make up` and load balancers; never logged, never shed. That they are not traced is said in
// telemetry/instrumentations.ts, which knows nothing of this folder: a path of one list belongs in the other.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { ErrorAnswer } from './errors.ts';

const paths = new Set(['/healthz', '/readyz']);
const Healthy = Type.Object({ status: Type.Literal('ok') });

/**
 * @param checkReady rejects, best with a ServiceError, while the service cannot do its work
 */
export function addHealthRoutes(app: FastifyInstance, checkReady: () => Promise<void>): void {
  app.get('/healthz', { schema: { summary: 'Is the process alive?', response: { 200: Healthy } } }, () => ({ status: 'ok' }));

  app.get('/readyz', { schema: { summary: 'Can it do its work?', response: { 200: Healthy, 503: ErrorAnswer } } }, async () => {
    await checkReady();
    return { status: 'ok' };
  });
}

export function isHealthCheck(request: FastifyRequest): boolean {
  return paths.has(request.routeOptions.url ?? '');
}
