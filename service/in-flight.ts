// Requests beyond a limit are rejected at once, with 503 and Retry-After, instead of being queued without bound.
// @fastify/under-pressure watches the event loop and memory: a slow database shows in neither, only here.
import type { FastifyInstance } from 'fastify';
import { ServiceError } from './errors.ts';
import { isHealthCheck } from './health.ts';

/** @param maxInFlight requests in flight at a time; health checks do not count */
export function limitInFlight(app: FastifyInstance, maxInFlight: number): void {
  let inFlight = 0;
  app.addHook('onRequest', (request, reply, done) => {
    if (isHealthCheck(request)) return done();
    if (inFlight >= maxInFlight) {
      return done(new ServiceError(503, `busy: ${maxInFlight} requests are in flight`, { retryAfterSeconds: 1 }));
    }
    inFlight += 1;
    reply.raw.once('close', () => {
      inFlight -= 1;
    });
    done();
  });
}
