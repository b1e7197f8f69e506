// A web page of another origin can make a browser send requests to localhost, or point a name of its own there (DNS rebinding).
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ServiceError } from '../service/errors.ts';

const loopbackHosts = /^(localhost|127\.0\.0\.1|\[::1\])$/;

const forbidden = new ServiceError(403, 'only the front page at localhost may change this; in a terminal, use make fault');

/** An `onRequest` hook for routes that only the page and clients on this machine may use. Other clients send neither of these headers. */
export function requireSameOrigin(request: FastifyRequest, _reply: FastifyReply, done: (error?: Error) => void): void {
  const { origin, 'sec-fetch-site': site = 'same-origin' } = request.headers;
  const isOwnOrigin = origin === undefined || origin === `${request.protocol}://${request.host}`;
  done(loopbackHosts.test(request.hostname) && isOwnOrigin && site === 'same-origin' ? undefined : forbidden);
}
