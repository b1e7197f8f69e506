// Asked by Docker, `make up` and load balancers; never traced, never logged, never shed.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { ErrorAnswer } from './errors.ts';

const paths = new Set(['/healthz', '/readyz']);
const Healthy = Type.Object({ status: Type.Literal('ok') });

/**
 * @param checkReady rejects, best with a ServiceError, while the service cannot do its work
 */
export function addHealthRoutes(app: FastifyInstance, checkReady: () => Promise<void>): void {
  const config = { otel: false };

  app.get('/healthz', { config, schema: { summary: 'Is the process alive?', response: { 200: Healthy } } }, () => ({
    status: 'ok',
  }));

  const schema = { summary: 'Can it do its work?', response: { 200: Healthy, 503: ErrorAnswer } };
  app.get('/readyz', { config, schema }, async () => {
    await checkReady();
    return { status: 'ok' };
  });
}

export function isHealthCheck(request: FastifyRequest): boolean {
  return paths.has(request.routeOptions.url ?? '');
}
