// Work beyond what can be done soon is refused at once, with 503 and Retry-After, instead of queued without end.
import type { FastifyInstance } from 'fastify';
import { ServiceError } from './errors.ts';
import { isHealthCheck } from './health.ts';

/** @param maxInFlight requests in work at a time; health checks do not count */
export function limitInFlight(app: FastifyInstance, maxInFlight: number): void {
  let inFlight = 0;
  app.addHook('onRequest', (request, reply, done) => {
    if (isHealthCheck(request)) return done();
    if (inFlight >= maxInFlight) {
      return done(new ServiceError(503, `busy: ${maxInFlight} requests are in work`, { retryAfterSeconds: 1 }));
    }
    inFlight += 1;
    reply.raw.once('close', () => {
      inFlight -= 1;
    });
    done();
  });
}
